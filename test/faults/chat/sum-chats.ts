import type { FaultFleet } from "../fault-fleet.js";
import { readRawLog } from "../raw-log.js";
import type { ChatRoom } from "./chat-load.js";
import { type ChatJudged, judgeChat } from "./judge-chat.js";

/** All threads together. */
export async function judgeChats(fleet: FaultFleet, chatRooms: readonly ChatRoom[]): Promise<ChatJudged> {
  const sum: ChatJudged = {
    wrongs: {
      lostInChat: 0,
      twiceInChat: 0,
      outOfOrderInChat: 0,
      unapprovedInChat: 0,
      unheardFromChat: 0,
      heardTwiceFromChat: 0,
      invertedFromChat: 0,
      lostPresses: 0,
      openCards: 0,
      violations: 0,
    },
    totals: { shownInChat: 0, writtenInChat: 0, decidedInChat: 0, lateFromChat: 0, unfencedInChat: 0 },
    details: [],
  };
  for (const judged of await Promise.all(chatRooms.map((one) => judgeOne(fleet, one)))) {
    add(sum.wrongs, judged.wrongs);
    add(sum.totals, judged.totals);
    sum.details.push(...judged.details);
  }
  return sum;
}

async function judgeOne({ log, members }: FaultFleet, chat: ChatRoom): Promise<ChatJudged> {
  const { accepted: room } = await readRawLog({ log }, chat.room.roomId);
  return judgeChat({
    ...chat,
    room,
    mirror: async (mirrorId) => (await log.readStream(`mirror/${mirrorId}`)).accepted,
    stoppedAtMs: (process) => members.find(({ name }) => name === process)?.stoppedAtMs ?? [],
  });
}

function add<Counts extends { [name in keyof Counts]: number }>(sum: Counts, more: Counts): void {
  for (const name of Object.keys(more) as (keyof Counts)[]) sum[name] = (sum[name] + more[name]) as Counts[typeof name];
}
