// The participant: joins through the signaling server, connects to everyone, and tells a test what it sees.
import { Connection } from "./connection.js";
import { Sealer, joinProof, parseLink } from "./crypto.js";
import { ownCamera, ownStream, playAudio, showOwn, showVideo, watchAudio, watchVideo } from "./media.js";

class Participant {
  remotes = new Map();
  errors = [];
  media = { type: "media_state", revision: 1, microphone: true, camera: true, screen: false, hand: false };
  #seq = 0;
  #queue = Promise.resolve();

  // Sends a colour and a tone, and measures what arrives.
  join(link, name, color, hz) {
    this.take = { video: watchVideo, audio: watchAudio };
    return this.#enter(link, name, ownStream(color, hz));
  }

  // Sends camera and microphone, shows them, and shows and plays what arrives.
  async joinWithCamera(link, name, width, height) {
    this.take = { video: showVideo, audio: playAudio };
    const stream = await ownCamera(width, height);
    showOwn(stream);
    return this.#enter(link, name, stream);
  }

  async #enter(link, name, stream) {
    const { url, room, secret } = parseLink(link);
    this.id = Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, "0")).join("");
    this.stream = stream;
    this.sealer = await Sealer.create(secret, room, this.id);
    this.socket = new WebSocket(url);
    // One message after the other, because opening a seal and applying a description must keep their order.
    this.socket.onmessage = ({ data }) => {
      this.#queue = this.#queue.then(() => this.#receive(JSON.parse(data))).catch((error) => this.errors.push(String(error)));
    };
    await new Promise((resolve, reject) => Object.assign(this.socket, { onopen: resolve, onerror: reject }));
    this.credentials = { room, secret, name };
    this.#send({ type: "hello", version: 1, client: "browser-participant" });
  }

  #send(message) {
    this.socket.send(JSON.stringify(message));
  }

  #relay(to, generation, message) {
    const payload = this.sealer.seal(to, generation, message);
    this.#send({ type: "relay", seq: ++this.#seq, to, generation, payload });
  }

  async #receive(message) {
    if (message.seq && message.type !== "ack") this.#send({ type: "ack", seq: message.seq });
    switch (message.type) {
      case "hello": {
        const { room, secret, name } = this.credentials;
        const proof = await joinProof(secret, message.challenge, room, this.id);
        const profile = this.sealer.seal("*", 0, { name });
        return this.#send({ type: "join", room, participant: this.id, ...proof, profile });
      }
      case "welcome":
        this.welcomed = true;
        return message.roster.forEach(({ participant, profile }) => this.#meet(participant, profile));
      case "participant_joined":
        return this.#meet(message.participant, message.profile);
      case "participant_left":
        return this.#forget(message.participant);
      case "relay": {
        const content = this.sealer.open(message.from, this.id, message.generation, message.payload);
        return this.#hear(message.from, message.generation, content);
      }
      case "ping":
        return this.#send({ type: "pong", nonce: message.nonce });
      case "error":
        return this.errors.push(message.code);
    }
  }

  #meet(id, profile) {
    this.#forget(id);
    const { name } = this.sealer.open(id, "*", 0, profile);
    const remote = { name, media: null, video: null, audio: null };
    this.remotes.set(id, remote);
    remote.connection = new Connection({
      self: this.id,
      remote: id,
      stream: this.stream,
      send: (generation, message) => this.#relay(id, generation, message),
      onMessage: (message) => this.#hear(id, 0, message),
      onTrack: (track) => {
        remote[track.kind] = this.take[track.kind](track);
      },
    });
    this.#relay(id, 0, this.media);
  }

  #forget(id) {
    this.remotes.get(id)?.connection.close();
    this.remotes.delete(id);
  }

  async #hear(id, generation, message) {
    const remote = this.remotes.get(id);
    if (!remote) return;
    switch (message.type) {
      case "control_open":
        return remote.connection.control.send(JSON.stringify(this.media));
      case "media_state":
        if (message.revision > (remote.media?.revision ?? 0)) remote.media = message;
        return;
      case "goodbye":
        return this.#forget(id);
      default:
        return remote.connection.receive(generation, message);
    }
  }

  setMicrophone(on) {
    this.stream.getAudioTracks().forEach((track) => (track.enabled = on));
    this.media = { ...this.media, revision: this.media.revision + 1, microphone: on };
    for (const { connection } of this.remotes.values()) connection.control.send(JSON.stringify(this.media));
  }

  leave() {
    for (const id of this.remotes.keys()) {
      this.#relay(id, 0, { type: "goodbye" });
      this.remotes.get(id).connection.close();
    }
    this.#send({ type: "leave" });
  }

  // Plain data for a test.
  report() {
    const remotes = [...this.remotes].map(([id, { name, media, connection, video, audio }]) => ({
      id,
      name,
      media,
      state: connection.pc.connectionState,
      generation: connection.generation,
      glares: connection.glares,
      video: video?.() ?? null,
      audio: audio?.() ?? null,
    }));
    return { id: this.id, welcomed: Boolean(this.welcomed), errors: this.errors, remotes };
  }
}

window.participant = new Participant();
