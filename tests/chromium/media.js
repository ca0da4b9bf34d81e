// What the page sends (a colour with a moving bar, a tone) and how it measures what it receives.

const WIDTH = 320;
const HEIGHT = 180;

export function ownStream(color, hz) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: WIDTH, height: HEIGHT });
  const context = canvas.getContext("2d");
  let frame = 0;
  setInterval(() => {
    context.fillStyle = color;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    context.fillStyle = "white";
    context.fillRect((frame++ * 4) % WIDTH, 0, 8, HEIGHT);
  }, 50);
  const audio = new AudioContext();
  const oscillator = new OscillatorNode(audio, { frequency: hz });
  const destination = audio.createMediaStreamDestination();
  oscillator.connect(new GainNode(audio, { gain: 0.3 })).connect(destination);
  oscillator.start();
  const stream = canvas.captureStream(20);
  stream.addTrack(destination.stream.getAudioTracks()[0]);
  return stream;
}

export function ownCamera(width, height) {
  const video = { width: { exact: width }, height: { exact: height }, frameRate: { exact: 30 } };
  return navigator.mediaDevices.getUserMedia({ video, audio: true });
}

// In a window of 1280×800, at the sizes of the app: one large, the others beside it, our own over its corner.
const LARGE = { left: 14, top: 14, width: 1056, height: 676 };
const BESIDE = { left: 1080, top: 14, width: 186, height: 104 };
const OWN = { left: 806, top: 534, width: 250, height: 141 };
let shown = 0;

function show(track, { left, top, width, height }) {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, autoplay: true, srcObject: new MediaStream([track]) });
  const place = { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` };
  Object.assign(video.style, { position: "fixed", objectFit: "cover", ...place });
  document.body.append(video);
  return video;
}

export function showOwn(stream) {
  const video = show(stream.getVideoTracks()[0], OWN);
  Object.assign(video.style, { zIndex: "1", transform: "scaleX(-1)" });
}

// Shows a remote track and counts its pictures.
export function showVideo(track) {
  const place = shown === 0 ? LARGE : { ...BESIDE, top: BESIDE.top + (shown - 1) * (BESIDE.height + 10) };
  shown += 1;
  const video = show(track, place);
  return () => ({ frames: video.getVideoPlaybackQuality().totalVideoFrames, changes: 0, color: [0, 0, 0] });
}

export function playAudio(track) {
  const element = new Audio();
  element.srcObject = new MediaStream([track]);
  element.play();
  return () => null;
}

// Measures one remote track. `read()` returns what was seen and heard so far.
export function watchVideo(track) {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, autoplay: true, srcObject: new MediaStream([track]) });
  document.body.append(video);
  const canvas = new OffscreenCanvas(16, 9);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const seen = { frames: 0, width: 0, height: 0, color: [0, 0, 0], changes: 0 };
  let last = "";
  const onFrame = () => {
    seen.frames += 1;
    seen.width = video.videoWidth;
    seen.height = video.videoHeight;
    context.drawImage(video, 0, 0, 16, 9);
    const { data } = context.getImageData(0, 0, 16, 9);
    const sum = [0, 0, 0];
    for (let i = 0; i < data.length; i += 4) for (let c = 0; c < 3; c++) sum[c] += data[i + c];
    seen.color = sum.map((value) => Math.round(value / (data.length / 4)));
    const picture = data.join();
    if (picture !== last) seen.changes += 1;
    last = picture;
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);
  return () => seen;
}

export function watchAudio(track) {
  const stream = new MediaStream([track]);
  // Chromium delivers a remote track to Web Audio only while an element plays it.
  const element = new Audio();
  Object.assign(element, { muted: true, srcObject: stream });
  element.play();
  const audio = new AudioContext();
  const analyser = new AnalyserNode(audio, { fftSize: 8192, smoothingTimeConstant: 0 });
  audio.createMediaStreamSource(stream).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  return () => {
    analyser.getFloatFrequencyData(bins);
    let loudest = 0;
    for (let i = 1; i < bins.length; i++) if (bins[i] > bins[loudest]) loudest = i;
    return { hz: (loudest * audio.sampleRate) / analyser.fftSize, dbfs: bins[loudest] };
  };
}
