import { setTimeout as pause } from "node:timers/promises";
import { type CreatedRoom, untilAnswered } from "../support/parley-client.js";
import { seededRandom } from "../support/seeded-random.js";
import { until } from "../support/until.js";
import { countAll, type Wrongs } from "./count.js";
import { type FaultFleet, type Member, openFaultFleet } from "./fault-fleet.js";
import { type HoldingProxy, openHoldingProxy } from "./holding-proxy.js";
import { type Acknowledged, createPeople, makeRoom, nothingAcknowledged, type People } from "./load.js";
import { type Settled, settle } from "./settle.js";

export interface SplitBrainCounts {
  freezes: number;
  /** Appends that were under way when their process froze, and reached the server after others had taken over. */
  lateAppends: number;
  lateAppendsRefused: number;
  /** Turns the frozen process was in that were taken over. */
  turnsTakenOver: number;
  messages: number;
  decisions: number;
  /** On the stream server, without effect. */
  voidCommits: number;
  /** Must be 0: stored from a stale base and counted by anybody, see the others for what that would look like. */
  staleAccepted: number;
  wrongs: Wrongs & { notSettled: number };
  notes: string[];
}

interface Scene {
  fleet: FaultFleet;
  proxies: ReadonlyMap<string, HoldingProxy>;
  people: People;
  acknowledged: Acknowledged;
  random: () => number;
}

const agents = ["worker", "checker", "careful"];
/** Longer than a reader's lock, a call to the log and a person's patience. */
const longFreezeMs = 7_500;
const turnMs = 120;
const settleWithinMs = 60_000;

/** One process after another freezes with turns, decisions and appends under way; another takes over; then it wakes. */
export async function runSplitBrain(options: {
  freezes: number;
  seed: number;
  /** Number of freezes after which a new room is used. Default: 20. */
  freezesPerRoom?: number;
  /** One in this many freezes outlasts every lock. */
  longEvery?: number;
  /** Called after each; false ends the run early, with the counters so far. */
  goesOn?: (freeze: number) => boolean;
}): Promise<SplitBrainCounts> {
  const { freezes, seed, freezesPerRoom = 20, longEvery = 10, goesOn = () => true } = options;
  const proxies = new Map<string, HoldingProxy>();
  const fleet = await openFaultFleet({
    ups: 2,
    worker: false,
    envOf: async ({ log }, name) => {
      const proxy = await openHoldingProxy(() => log.url);
      proxies.set(name, proxy);
      return { DURABLE_STREAMS_URL: proxy.url };
    },
  });
  const acknowledged = nothingAcknowledged();
  const scene: Scene = {
    fleet,
    proxies,
    people: createPeople(acknowledged),
    acknowledged,
    random: seededRandom(seed),
  };
  const rooms: CreatedRoom[] = [];
  const notes: string[] = [];
  let notSettled = 0;
  let done = 0;
  try {
    for (let isOver = false; !isOver && done < freezes && notSettled === 0; done += 1) {
      const freeze = done;
      if (freeze % freezesPerRoom === 0) rooms.push(await makeRoom(fleet, `split ${rooms.length}`, turnMs));
      const room = rooms.at(-1) as CreatedRoom;
      const { open } = await playRound(scene, { room, at: freeze, isLong: freeze % longEvery === longEvery - 1 });
      isOver = !goesOn(freeze);
      if (open === undefined) continue;
      notSettled += 1;
      notes.push(`freeze ${freeze}: ${open}`);
    }
    const { wrongs, totals, details } = await countAll(fleet, { rooms, acknowledged });
    notes.push(...details);
    const late = [...proxies.values()].flatMap(({ answers }) => [...answers]);
    const lateAppends = late.reduce((sum, [, count]) => sum + count, 0);
    const refused = late.reduce((sum, [status, count]) => sum + (status === 409 ? count : 0), 0);
    return {
      freezes: done,
      lateAppends,
      lateAppendsRefused: refused,
      turnsTakenOver: totals.turnsLost,
      messages: totals.messages,
      decisions: totals.decisions,
      voidCommits: totals.voidCommits,
      staleAccepted: wrongs.otherOrders + wrongs.lostMessages + wrongs.lostDecisions + wrongs.saidAfterTurnEnded,
      wrongs: { ...wrongs, notSettled },
      notes,
    };
  } finally {
    await fleet.stop();
    for (const proxy of proxies.values()) await proxy.close();
  }
}

/** The two take turns: the one that has the agents is frozen, so that the other takes them over. */
async function playRound(
  scene: Scene,
  { room, at, isLong }: { room: CreatedRoom; at: number; isLong: boolean },
): Promise<Settled> {
  const { fleet, people, acknowledged, proxies, random } = scene;
  const [frozen, other] = (at % 2 === 0 ? fleet.ups : [...fleet.ups].reverse()) as [Member, Member];
  const proxy = proxies.get(frozen.name) as HoldingProxy;
  const there = () => other.process.url;
  const firstHere = () => {
    let asked = 0;
    return () => (asked++ === 0 ? frozen.process.url : other.process.url);
  };
  const answers: Promise<unknown>[] = [];
  await people.post(room, `s${at}a`, there);
  answers.push(people.post(room, `s${at}b`, firstHere()));
  if (isLong) await people.addAgent(room, `fresh-${at}`, there);
  else await pause(random() * turnMs);
  proxy.hold();
  answers.push(people.post(room, `s${at}c`, firstHere()), people.decide(room, "edit", firstHere()));
  await until("an append is on its way", () => proxy.held() > 0, 5_000).catch(() => {});
  frozen.process.signal("SIGSTOP");
  const frozenMs = performance.now();

  answers.push(people.decide(room, "approve", there));
  await people.post(room, `s${at}d`, there);
  for (const name of agents) {
    const path = () => `${there()}/api/rooms/${room.roomId}/agents/${name}/move`;
    const { status } = await untilAnswered(path, { token: room.token, body: {} });
    if (status !== 200) acknowledged.refusals.push(`move ${name}: ${status}`);
  }
  await people.post(room, `s${at}e`, there);
  if (isLong) await pause(Math.max(0, longFreezeMs - (performance.now() - frozenMs)));

  // Either may come first: the held append arrives, or its sender wakes.
  const wakesFirst = random() < 0.5;
  if (wakesFirst) frozen.process.signal("SIGCONT");
  proxy.release();
  if (!wakesFirst) await pause(random() * 30);
  frozen.process.signal("SIGCONT");
  await Promise.all(answers);
  const decideAll = async () => void (await people.decide(room, "approve", there));
  return settle(fleet, { rooms: [room], decideAll }, settleWithinMs);
}
