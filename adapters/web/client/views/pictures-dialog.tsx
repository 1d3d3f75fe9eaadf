import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
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
  const { state, hues } = useRoom();
  const dialog = useRef<HTMLDialogElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const view = useSignal<"lanes" | "cost">("lanes");
  const zoom = useSignal(1);
  const size = useSizeOf(content);
  const { drawing, problem } = useDrawing();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);

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
      <PictureTools view={view} zoom={zoom.value} isDrawn={drawing.value !== undefined} onZoom={step} onSave={save} />
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

/** Inner size of an element in CSS pixels, as it is now. */
function useSizeOf(content: RefObject<HTMLElement | null>) {
  const size = useSignal({ width: 800, height: 400 });
  useEffect(() => {
    const element = content.current;
    const observer = new ResizeObserver(() => {
      if (element) size.value = { width: element.clientWidth, height: element.clientHeight };
    });
    if (element) observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return size;
}

/** The drawing, once the log was read, or the problem with it in words (empty: none). */
function useDrawing() {
  const { session } = useRoom();
  const drawing = useSignal<Drawing | undefined>(undefined);
  const problem = useSignal("");
  useEffect(() => {
    const read = async () => {
      const answer = await fetch(session.api.exportUrl("jsonl"));
      if (!answer.ok) throw new Error(String(answer.status));
      drawing.value = drawingOf(framesOf(await answer.text()), Date.now());
    };
    read().catch(() => {
      problem.value = texts.problem.noAnswer;
    });
  }, [session]);
  return { drawing, problem };
}

interface ToolsProps {
  view: Signal<"lanes" | "cost">;
  zoom: number;
  isDrawn: boolean;
  onZoom: (by: number) => void;
  onSave: (as: "svg" | "png") => void;
}

/** Which picture, how large, and saving it. */
function PictureTools({ view, zoom, isDrawn, onZoom, onSave }: ToolsProps) {
  return (
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
            disabled={zoom === 1}
            onClick={() => onZoom(-1)}
          >
            −
          </button>
          <button
            class="button icon"
            type="button"
            aria-label={words.zoomIn}
            disabled={zoom === zooms.at(-1)}
            onClick={() => onZoom(1)}
          >
            +
          </button>
        </span>
      )}
      {(["png", "svg"] as const).map((as) => (
        <button class="button" type="button" key={as} disabled={!isDrawn} onClick={() => onSave(as)}>
          {words.save[as]}
        </button>
      ))}
    </div>
  );
}
