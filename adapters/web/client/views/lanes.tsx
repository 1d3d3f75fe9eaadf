import { useSignal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { hueOf } from "../identity.js";
import { type Drawing, ticksOf } from "../lane-drawing.js";
import { gateKey, markAfterKey, marksOf, messageKey, turnKey } from "../lane-marks.js";
import { texts } from "../texts.js";
import { clockTime, dayKey, dayName } from "../time.js";

const words = texts.pictures;
/** Lanes share the height there is, within these bounds. */
const [leastLaneHeight, mostLaneHeight] = [48, 96];
const headWidth = 116;
const topHeight = 34;
const bottomHeight = 8;
const bodyChars = 80;

export type Jump = (place: { id: string; version: number }) => void;

/** A lane a participant, time along it: turns as bars, messages as arrows, gates as diamonds. */
export function Lanes({
  drawing,
  width,
  height: roomPx,
  hues,
  scroller,
  onJump,
}: {
  drawing: Drawing;
  width: number;
  /** Pixels there are for it, without scrolling. */
  height: number;
  scroller: { readonly current: HTMLElement | null };
  hues: ReadonlyMap<string, number>;
  onJump: Jump;
}) {
  const { lanes, fromMs, toMs } = drawing;
  const share = Math.floor((roomPx - topHeight - bottomHeight - 2) / Math.max(1, lanes.length));
  const laneHeight = Math.min(mostLaneHeight, Math.max(leastLaneHeight, share));
  const scale = (width - headWidth - 24) / (toMs - fromMs);
  const x = (at: number) => headWidth + (at - fromMs) * scale;
  const y = (name: string) => topHeight + (lanes.indexOf(name) + 0.5) * laneHeight;
  const height = topHeight + lanes.length * laneHeight + bottomHeight;
  const hue = (name: string) => hues.get(name) ?? hueOf(name);
  const placeAt = (version: number) => nearest(drawing, version);
  const { svg, markProps, onKeyDown } = useMarks(drawing);
  const names = useStayingNames(scroller);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a drawing is not a set of fields
    <svg
      class="drawing"
      ref={svg}
      onKeyDown={onKeyDown}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="group"
      aria-label={words.lanes}
    >
      <Axis {...{ fromMs, toMs, x, height, width }} />
      {lanes.map((name) => (
        <g key={name} class={`hue-${hue(name)}`}>
          <line class="lane-line" x1={headWidth} x2={width} y1={y(name)} y2={y(name)} />
        </g>
      ))}
      {drawing.turns.map(({ agent, from, to, outcome, version }) => (
        <Mark
          key={turnKey({ agent, version })}
          {...markProps(turnKey({ agent, version }))}
          label={words.turn(agent, clockTime(from), outcome ?? words.running)}
          onPick={() => jumpTo(placeAt(version), onJump)}
        >
          <rect
            class={`turn-bar hue-${hue(agent)} turn-${outcome ?? "running"}`}
            x={x(from)}
            y={y(agent) - 8}
            width={Math.max(4, x(to) - x(from))}
            height={16}
            rx={4}
          />
        </Mark>
      ))}
      {drawing.messages.map(({ id, version, at, from, to, body }) => (
        <Mark
          key={id}
          {...markProps(messageKey({ id }))}
          label={words.message(from, to.join(", "), clockTime(at), body.slice(0, bodyChars))}
          onPick={() => onJump({ id, version })}
        >
          {to
            .filter((name) => lanes.includes(name))
            .map((name) => (
              <Arrow key={name} at={x(at)} from={y(from)} to={y(name)} />
            ))}
          <circle class={`message-dot hue-${hue(from)}`} cx={x(at)} cy={y(from)} r={5} />
        </Mark>
      ))}
      {drawing.gates.map(({ at, from, outcome, version }) => (
        <Mark
          key={gateKey({ from, version })}
          {...markProps(gateKey({ from, version }))}
          label={words.gate(from, clockTime(at), outcome ?? words.waits)}
          onPick={() => jumpTo(placeAt(version), onJump)}
        >
          <path
            class={`gate-mark ${outcome === undefined ? "gate-open" : ""}`}
            d={`M${x(at)} ${y(from) - 20}l7 7l-7 7l-7 -7z`}
          />
        </Mark>
      ))}
      <g ref={names} class="lane-names">
        <rect class="lane-ground" width={headWidth - 12} height={height} />
        {lanes.map((name) => (
          <g key={name} class={`hue-${hue(name)}`}>
            <text class="lane-name" x={8} y={y(name) + 4}>
              {name.length > 14 ? `${name.slice(0, 13)}…` : name}
            </text>
          </g>
        ))}
      </g>
    </svg>
  );
}

/** Names stay at the left edge whatever is in sight; the newest is in sight first. */
function useStayingNames(scroller: { readonly current: HTMLElement | null }) {
  const names = useRef<SVGGElement>(null);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const moved = () => names.current?.setAttribute("transform", `translate(${element.scrollLeft} 0)`);
    element.scrollLeft = element.scrollWidth;
    moved();
    element.addEventListener("scroll", moved, { passive: true });
    return () => element.removeEventListener("scroll", moved);
  }, [scroller]);
  return names;
}

/** One stop for the Tab key, at the newest or the last focused mark; arrow keys move from there. */
function useMarks(drawing: Drawing) {
  const svg = useRef<SVGSVGElement>(null);
  const marks = useMemo(() => marksOf(drawing), [drawing]);
  const active = useSignal(marks.at(-1)?.key);
  const markProps = (name: string) => ({
    name,
    isStop: name === active.value,
    onFocus: () => {
      active.value = name;
    },
  });
  function onKeyDown(event: KeyboardEvent): void {
    const current = marks.find(({ key }) => key === active.value);
    const next = current && markAfterKey(marks, current, event.key);
    if (!next) return;
    event.preventDefault();
    const element = svg.current?.querySelector<SVGGElement>(`[data-mark="${CSS.escape(next.key)}"]`);
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  return { svg, markProps, onKeyDown };
}

/** A mark that can be reached by pointer and keyboard. */
function Mark({
  name,
  label,
  isStop,
  onFocus,
  onPick,
  children,
}: {
  name: string;
  label: string;
  isStop: boolean;
  onFocus: () => void;
  onPick: () => void;
  children: preact.ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button cannot stand inside a drawing
    <g
      class="drawn"
      role="button"
      data-mark={name}
      // In a drawing names of attributes are as they are written: `tabIndex` would be another one.
      tabindex={isStop ? 0 : -1}
      aria-label={label}
      onClick={onPick}
      onFocus={onFocus}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        onPick();
      }}
    >
      <title>{label}</title>
      {children}
    </g>
  );
}

function Arrow({ at, from, to }: { at: number; from: number; to: number }) {
  const down = to > from ? -1 : 1;
  const tip = to + down * 9;
  return (
    <>
      <line class="arrow-line" x1={at} x2={at} y1={from} y2={tip} />
      <path class="arrow-tip" d={`M${at} ${tip}l-4 ${down * 6}h8z`} />
    </>
  );
}

export function Axis({
  fromMs,
  toMs,
  x,
  height,
  width,
}: {
  fromMs: number;
  toMs: number;
  x: (at: number) => number;
  height: number;
  width: number;
}) {
  const ticks = ticksOf(fromMs, toMs, Math.max(2, Math.floor(width / 130)));
  const isOverDays = dayKey(fromMs) !== dayKey(toMs);
  return (
    <g>
      {ticks.map((at, nth) => (
        <g key={at}>
          <line class="tick-line" x1={x(at)} x2={x(at)} y1={20} y2={height} />
          <text class="tick" x={x(at)} y={14} text-anchor={nth === 0 ? "start" : "middle"}>
            {isOverDays && dayKey(at) !== dayKey(ticks[nth - 1] ?? 0) && `${dayName(at, Date.now())} `}
            {toMs - fromMs < 600_000 ? new Date(at).toLocaleTimeString(texts.locale) : clockTime(at)}
          </text>
        </g>
      ))}
    </g>
  );
}

/** The first message at or after a version, otherwise the last one before it. */
function nearest({ messages }: Drawing, version: number): { id: string; version: number } | undefined {
  return messages.find((message) => message.version >= version) ?? messages.at(-1);
}

function jumpTo(place: { id: string; version: number } | undefined, onJump: Jump): void {
  if (place) onJump(place);
}
