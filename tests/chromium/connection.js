// One peer connection: perfect negotiation with generations, as in docs/protocol.md.

const SOURCES = { audio: "microphone", video: "camera" };

export class Connection {
  constructor({ self, remote, stream, send, onMessage, onTrack }) {
    Object.assign(this, { remote, stream, send, onMessage, onTrack });
    this.polite = self > remote;
    this.generation = 1;
    this.glares = 0;
    this.open();
    // Only the impolite side makes the first offer, so that a join causes no glare.
    this.mayOffer = !this.polite;
    if (this.mayOffer) this.offer();
  }

  open() {
    this.pc = new RTCPeerConnection();
    this.described = 0;
    this.offered = 0;
    this.makingOffer = false;
    this.ignoring = false;
    for (const kind of ["audio", "video"]) {
      for (const track of this.stream.getTracks().filter((track) => track.kind === kind)) {
        this.pc.addTrack(track, this.stream);
      }
    }
    this.control = this.pc.createDataChannel("control", { negotiated: true, id: 0, ordered: true });
    this.control.onopen = () => this.onMessage({ type: "control_open" });
    // The first message is a space, by which the other end learns that the channel reaches us.
    this.control.onmessage = ({ data }) => {
      if (data !== " ") this.onMessage(JSON.parse(data));
    };
    this.pc.ontrack = ({ track }) => this.onTrack(track);
    const generation = this.generation;
    this.pc.onicecandidate = ({ candidate }) => {
      this.send(generation, {
        type: "candidate",
        candidate: candidate?.candidate ?? "",
        sdp_mid: candidate?.sdpMid ?? "0",
        sdp_m_line_index: candidate?.sdpMLineIndex ?? 0,
      });
    };
  }

  tracks() {
    const sending = this.pc.getTransceivers().filter((t) => t.mid !== null && t.sender.track);
    return Object.fromEntries(sending.map((t) => [t.mid, SOURCES[t.sender.track.kind]]));
  }

  // Descriptions are numbered, and an answer says which offer it answers.
  describe(answers) {
    const { type, sdp } = this.pc.localDescription;
    const number = ++this.described;
    if (type === "offer") this.offered = number;
    this.send(this.generation, { type: "description", kind: type, sdp, tracks: this.tracks(), number, answers });
  }

  async offer() {
    this.makingOffer = true;
    try {
      await this.pc.setLocalDescription();
      this.describe();
    } finally {
      this.makingOffer = false;
    }
  }

  // A greater generation means that the other side built a new connection: so do we.
  async receive(generation, message) {
    if (generation < this.generation) return;
    if (generation > this.generation) {
      this.pc.close();
      this.generation = generation;
      this.open();
    }
    if (message.type === "description") {
      if (message.kind === "answer" && (message.answers ?? this.offered) !== this.offered) return;
      const collision =
        message.kind === "offer" && (this.makingOffer || this.pc.signalingState !== "stable");
      if (collision) this.glares += 1;
      this.ignoring = collision && !this.polite;
      if (this.ignoring) return;
      await this.pc.setRemoteDescription({ type: message.kind, sdp: message.sdp });
      if (message.kind === "offer") {
        await this.pc.setLocalDescription();
        this.describe(message.number);
      }
    } else if (message.type === "candidate" && !this.ignoring) {
      const { candidate, sdp_mid: sdpMid, sdp_m_line_index: sdpMLineIndex } = message;
      await this.pc.addIceCandidate({ candidate, sdpMid, sdpMLineIndex });
    }
  }

  close() {
    if (this.control.readyState === "open") this.control.send(JSON.stringify({ type: "goodbye" }));
    this.pc.close();
  }
}
