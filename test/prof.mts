import { shapes, tell } from "./support/long-story.js";
import { foldCommits } from "../src/core/fold.js";
import { emptyRoom } from "../src/core/room.js";
import { stateBytes, bytesByPart } from "./support/full-room.js";
const only = process.argv[2];
for (const [n, { agents, policy, shape }] of Object.entries(shapes)) {
  if (only && !n.includes(only)) continue;
  let t = performance.now();
  let r; try { r = tell(shape, { commits: 100_000, agents, ...(policy && { policy }) }); } catch (e) { console.log(n, String(e)); continue; }
  const { room, log } = r;
  const decideMs = performance.now() - t;
  const f = (k: number) => { const s = log.slice(0, k); let m = 1e9; for (let i = 0; i < 3; i++) { const t = performance.now(); foldCommits(emptyRoom("r1"), s); m = Math.min(m, performance.now() - t); } return m; };
  const a = f(25_000), b = f(100_000);
  console.log(n, "| decide+apply/s", Math.round(log.length / decideMs * 1000), "| fold/s", Math.round(100_000 / b * 1000), "| 25k", a.toFixed(0), "100k", b.toFixed(0), "ratio", (b / a).toFixed(2), "| bytes", stateBytes(room), JSON.stringify(bytesByPart(room)).slice(0,400));
}
