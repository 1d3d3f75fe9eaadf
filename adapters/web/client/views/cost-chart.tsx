import { hueOf } from "../identity.js";
import { costLines, type Drawing } from "../lane-drawing.js";
import { texts } from "../texts.js";
import { money } from "../time.js";
import { Axis } from "./lanes.js";

const words = texts.pictures;
const legendHeight = 150;
const [leastHeight, mostHeight] = [260, 460];
const margin = { left: 60, right: 24, top: 30, bottom: 16 };

/** Cost of each agent by then; in tokens if nothing has a price. */
export function CostChart({
  drawing,
  width,
  height: roomPx,
  hues,
}: {
  drawing: Drawing;
  width: number;
  /** Pixels there are for it and its legend. */
  height: number;
  hues: ReadonlyMap<string, number>;
}) {
  const lines = costLines(drawing.usage);
  if (lines.length === 0) return <p class="muted">{words.noCost}</p>;
  const inMoney = lines.some(({ usd }) => usd > 0);
  const amountOf = ({ usd, tokens }: { usd: number; tokens: number }) => (inMoney ? usd : tokens);
  const top = Math.max(...lines.map(amountOf), Number.MIN_VALUE);
  const { fromMs, toMs } = drawing;
  const height = Math.min(mostHeight, Math.max(leastHeight, roomPx - legendHeight));
  const x = (at: number) => margin.left + ((at - fromMs) / (toMs - fromMs)) * (width - margin.left - margin.right);
  const y = (value: number) => height - margin.bottom - (value / top) * (height - margin.top - margin.bottom);
  const text = (value: number) => (inMoney ? money(value) : Math.round(value).toLocaleString(texts.locale));
  return (
    <>
      <svg
        class="drawing"
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={words.cost}
      >
        <Axis {...{ fromMs, toMs, x, height, width }} />
        {[0, 0.5, 1].map((part) => (
          <g key={part}>
            <line class="lane-line" x1={margin.left} x2={width} y1={y(top * part)} y2={y(top * part)} />
            <text class="tick" x={margin.left - 8} y={y(top * part) + 4} text-anchor="end">
              {text(top * part)}
            </text>
          </g>
        ))}
        {lines.map(({ agent, points }) => (
          <path
            key={agent}
            class={`cost-line hue-${hues.get(agent) ?? hueOf(agent)}`}
            d={stepsOf(
              points.map((point) => [x(point.at), y(amountOf(point))]),
              { start: [x(fromMs), y(0)], end: x(toMs) },
            )}
          />
        ))}
      </svg>
      <ul class="totals">
        {lines.map(({ agent, usd, tokens }) => (
          <li key={agent}>
            <span class={`swatch hue-${hues.get(agent) ?? hueOf(agent)}`} aria-hidden="true" />
            {words.totals(agent, money(usd), tokens.toLocaleString(texts.locale))}
          </li>
        ))}
      </ul>
    </>
  );
}

function stepsOf(
  points: readonly (readonly number[])[],
  { start, end }: { start: readonly number[]; end: number },
): string {
  return `M${start.join(" ")}${points.map(([x, y]) => `H${x}V${y}`).join("")}H${end}`;
}
