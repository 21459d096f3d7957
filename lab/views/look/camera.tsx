import { useEffect, useRef, useState } from "preact/hooks";
import { imageOf, within } from "../../parts/pixels.ts";
import { report } from "../../store/problem.ts";
import { openPicture } from "../../store/session.ts";
import { lookWords } from "../../strings/look.ts";
import { Live } from "./live.tsx";

/** The camera, opened when asked for and closed when the reader goes elsewhere. */
export function Camera() {
  const words = lookWords().camera;
  const [stream, setStream] = useState<MediaStream>();
  const isHere = useRef(true);
  useEffect(
    () => () => {
      isHere.current = false;
    },
    [],
  );
  useEffect(() => () => end(stream), [stream]);
  const open = async () => {
    const opened = await ask();
    if (isHere.current) setStream(opened);
    else end(opened); // the reader had left before the answer came
  };
  return (
    <section class="camera">
      {stream ? (
        <Open stream={stream} onClose={() => setStream(undefined)} />
      ) : (
        <button type="button" onClick={() => void open()}>
          {words.open}
        </button>
      )}
    </section>
  );
}

function end(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Asks for the camera; what stands in the way is told. */
async function ask(): Promise<MediaStream | undefined> {
  const words = lookWords().camera;
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 640 } } });
  } catch (error) {
    const refused = error instanceof DOMException && error.name === "NotAllowedError";
    report(new Error(refused ? words.refused : words.none));
    return undefined;
  }
}

function Open({ stream, onClose }: { readonly stream: MediaStream; readonly onClose: () => void }) {
  const words = lookWords().camera;
  const video = useRef<HTMLVideoElement>(null);
  const [isSeeing, setSeeing] = useState(false);
  const [live, setLive] = useState(false);
  useEffect(() => {
    if (!video.current) return;
    video.current.srcObject = stream;
    // refused only when the camera is closed before the first picture
    void video.current.play().catch(() => {});
  }, [stream]);
  const take = () => {
    if (!video.current) return;
    const { videoWidth: width, videoHeight: height } = video.current;
    void openPicture(words.photo, imageOf(video.current, within({ width, height })));
    onClose();
  };
  return (
    <>
      <video ref={video} aria-label={words.shown} muted playsInline onPlaying={() => setSeeing(true)} />
      {live && video.current && <Live video={video.current} onEnd={() => setLive(false)} />}
      <div class="controls">
        <button type="button" disabled={!isSeeing} onClick={take}>
          {words.take}
        </button>
        <button type="button" disabled={!isSeeing} aria-pressed={live} onClick={() => setLive(!live)}>
          {live ? words.stopLive : words.live}
        </button>
        <button type="button" onClick={onClose}>
          {words.close}
        </button>
      </div>
    </>
  );
}
