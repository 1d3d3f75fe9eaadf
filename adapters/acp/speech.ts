import type { Output } from "../../src/ports/agents.js";

/** The words of an agent as they come in chunks, as a value. A block is complete where something else begins, and only then it counts as said. */
export interface Speech {
  readonly open?:
    | { readonly messageId: string | undefined; readonly text: string; readonly cutChars: number }
    | undefined;
  /** Chunks of this agent's own words have ids: one without is a notice of the program around it. */
  readonly namesMessages: boolean;
  /** How often each block was said in this turn, by what its id is made of. */
  readonly said: ReadonlyMap<string, number>;
  /** What begins the turn; part of every id in it. */
  readonly turnKey: string;
}

/** The speech after a transition, and what it puts out. */
export interface SpeechChange {
  readonly speech: Speech;
  readonly outputs: readonly Output[];
}

/** Longest block that is kept, in UTF-16 units; the runtime keeps less. */
const maxBlockChars = 1_024 * 1_024;
/** Blocks that are told apart by how often their words were said; then the count begins again under another key. */
const maxKnownBlocks = 1_000;

/** An agent that has said nothing. */
export function silentSpeech(namesMessages: boolean): Speech {
  return { namesMessages, said: new Map(), turnKey: "" };
}

/** A turn begins. `turnKey`: the same when the turn is read again, and no other turn's. */
export function turnOpened(speech: Speech, turnKey: string): Speech {
  return { namesMessages: speech.namesMessages, said: new Map(), turnKey };
}

/** A chunk of text came. */
export function chunkHeard(
  speech: Speech,
  { text, messageId }: { text: string; messageId: string | undefined },
  idOf: (parts: readonly unknown[]) => string,
): SpeechChange {
  if (messageId === undefined && speech.namesMessages) return { speech, outputs: notices(text) };
  const naming = messageId === undefined ? speech : { ...speech, namesMessages: true };
  const goesOn = speech.open !== undefined && speech.open.messageId === messageId;
  const { speech: after, outputs } = goesOn ? { speech: naming, outputs: [] } : blockEnded(naming, idOf);
  if (text === "") return { speech: after, outputs };
  const before = after.open ?? { messageId, text: "", cutChars: 0 };
  const taken = text.slice(0, Math.max(0, maxBlockChars - before.text.length));
  const open = {
    messageId,
    text: before.text + taken,
    cutChars: before.cutChars + text.length - taken.length,
  };
  const first = after.open ? {} : { first: true as const };
  const delta: Output[] = taken === "" ? [] : [{ kind: "delta", text: taken, ...first }];
  return { speech: { ...after, open }, outputs: [...outputs, ...delta] };
}

/** Something else begins, or the turn ended well: the open text is a block. Blank text is dropped. */
export function blockEnded(speech: Speech, idOf: (parts: readonly unknown[]) => string): SpeechChange {
  const { open, ...rest } = speech;
  if (!open || open.text.trim() === "") return { speech: rest, outputs: [] };
  const { messageId } = open;
  const cut = open.cutChars > 0 ? `\n\n[Parley cut this text here: ${open.cutChars} more characters came.]` : "";
  const text = open.text + cut;
  const key = idOf([speech.turnKey, messageId ?? null, text]);
  const count = (speech.said.get(key) ?? 0) + 1;
  const named = messageId === undefined ? {} : { messageId };
  const outputId = count === 1 ? key : `${key}.${count}`;
  const outputs: Output[] = [{ kind: "block", outputId, index: 0, text, ...named }];
  if (speech.said.size < maxKnownBlocks)
    return { speech: { ...rest, said: new Map([...speech.said, [key, count]]) }, outputs };
  return { speech: { ...rest, said: new Map(), turnKey: idOf([speech.turnKey, "and on"]) }, outputs };
}

/** The turn was stopped or failed: what is open may be half a sentence, and does not count. `wasOpen`: there was some. */
export function speechCut(speech: Speech): { speech: Speech; wasOpen: boolean } {
  const { open, ...rest } = speech;
  return { speech: rest, wasOpen: open !== undefined && open.text.trim() !== "" };
}

function notices(text: string): Output[] {
  const line = text.trim();
  return line === "" ? [] : [{ kind: "notice", text: line, severity: "info" }];
}
