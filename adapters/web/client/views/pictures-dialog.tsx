import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Drawing, drawingOf, framesOf } from "../lane-drawing.js";
import { openMessage } from "../router.js";
import { saveImage } from "../save-image.js";
import { texts } from "../texts.js";
import { DialogBar, Problem } from "./basics.js";
import { CostChart } from "./cost-chart.js";
import { Lanes } from "./lanes.js";
import { useRoom } from "./room-context.js";

const words = texts.pictures;
const zooms = [1, 2, 4, 8, 16, 32, 64];

/** Drawn from the whole log as this person may read it. A separate chunk, loaded on demand. */
export function PicturesDialog({ onClose }: { onClose: () => void }) {
  const { state, session, hues } = useRoom();
  const dialog = useRef<HTMLDialogElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const drawing = useSignal<Drawing | undefined>(undefined);
  const problem = useSignal("");
  const view = useSignal<"lanes" | "cost">("lanes");
  const zoom = useSignal(1);
  const size = useSignal({ width: 800, height: 400 });
  useEffect(() => {
    dialog.current?.showModal();
    const element = content.current;
    const observer = new ResizeObserver(() => {
      if (element) size.value = { width: element.clientWidth, height: element.clientHeight };
    });
    if (element) observer.observe(element);
    const read = async () => {
      const answer = await fetch(session.api.exportUrl("jsonl"));
      if (!answer.ok) throw new Error(String(answer.status));
      drawing.value = drawingOf(framesOf(await answer.text()), Date.now());
    };
    read().catch(() => {
      problem.value = texts.problem.noAnswer;
    });
    return () => observer.disconnect();
  }, [session]);

  /** The middle of the visible part stays in place. */
  const step = (by: number) => {
    const before = zoom.value;
    zoom.value = zooms[Math.min(zooms.length - 1, Math.max(0, zooms.indexOf(before) + by))] ?? 1;
    const { current: scroller } = content;
    if (!scroller) return;
    const middle = (scroller.scrollLeft + scroller.clientWidth / 2) * (zoom.value / before);
    requestAnimationFrame(() => {
      scroller.scrollLeft = middle - scroller.clientWidth / 2;
    });
  };
  const save = (as: "svg" | "png") => {
    const svg = content.current?.querySelector("svg");
    if (!svg) return;
    saveImage(svg, { name: `${state.roomId}-${view.value}`, as }).catch(() => {
      problem.value = words.tooLarge;
    });
  };

  return (
    <dialog class="dialog dialog-full" ref={dialog} aria-labelledby="pictures-heading" onClose={onClose}>
      <DialogBar
        id="pictures-heading"
        heading={words.heading}
        close={words.close}
        onClose={() => dialog.current?.close()}
      />
      <div class="picture-tools">
        {(["lanes", "cost"] as const).map((name) => (
          <button
            class="button"
            type="button"
            key={name}
            aria-pressed={view.value === name}
            onClick={() => (view.value = name)}
          >
            {words[name]}
          </button>
        ))}
        <span class="spacer" />
        {view.value === "lanes" && (
          <span class="zoom">
            <button
              class="button icon"
              type="button"
              aria-label={words.zoomOut}
              disabled={zoom.value === 1}
              onClick={() => step(-1)}
            >
              −
            </button>
            <button
              class="button icon"
              type="button"
              aria-label={words.zoomIn}
              disabled={zoom.value === zooms.at(-1)}
              onClick={() => step(1)}
            >
              +
            </button>
          </span>
        )}
        {(["png", "svg"] as const).map((as) => (
          <button class="button" type="button" key={as} disabled={!drawing.value} onClick={() => save(as)}>
            {words.save[as]}
          </button>
        ))}
      </div>
      {problem.value !== "" && <Problem>{problem.value}</Problem>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls has to be reachable by keyboard */}
      <section class="picture" ref={content} tabIndex={0} aria-label={words[view.value]}>
        {!drawing.value && problem.value === "" && <p role="status">{words.loading}</p>}
        {drawing.value && drawing.value.lanes.length === 0 && <p class="muted">{words.none}</p>}
        {drawing.value && view.value === "lanes" && drawing.value.lanes.length > 0 && (
          <Lanes
            drawing={drawing.value}
            width={Math.max(640, size.value.width) * zoom.value}
            height={size.value.height}
            scroller={content}
            hues={hues}
            onJump={(place) => {
              dialog.current?.close();
              openMessage(state.roomId, place);
            }}
          />
        )}
        {drawing.value && view.value === "cost" && (
          <CostChart
            drawing={drawing.value}
            width={Math.max(280, size.value.width)}
            height={size.value.height}
            hues={hues}
          />
        )}
      </section>
      {view.value === "lanes" && <p class="hint">{words.legend}</p>}
    </dialog>
  );
}
