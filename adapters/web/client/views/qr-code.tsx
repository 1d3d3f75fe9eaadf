import { encode } from "uqr";
import { texts } from "../texts.js";

export function QrCode({ text }: { text: string }) {
  const { size, data } = encode(text, { ecc: "M", border: 2 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={texts.invite.qr}
      shape-rendering="crispEdges"
    >
      <path d={path} />
    </svg>
  );
}
