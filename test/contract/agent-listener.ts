import type { Agent, AgentInput, Output } from "../../src/ports/agents.js";

type OutputOf<K extends Output["kind"]> = Extract<Output, { kind: K }>;

/** Reads everything an agent does, and waits for parts of it. */
export interface AgentListener {
  /** So far, in order. */
  readonly heard: readonly Output[];
  /** Settles with the outputs: `ended`, or their error. */
  readonly outcome: Promise<"ended" | { thrown: unknown }>;
  all<K extends Output["kind"]>(kind: K): OutputOf<K>[];
  /** Texts of the blocks, in order. */
  texts(): string[];
  /** Waits until `count` outputs of a kind arrived and returns the last of them. */
  nth<K extends Output["kind"]>(kind: K, count: number): Promise<OutputOf<K>>;
  /** Waits until a block says `text`. */
  says(text: string): Promise<void>;
}

const DEADLINE_MS = 40_000;

export function listen(agent: Agent): AgentListener {
  const heard: Output[] = [];
  let isOver = false;
  const waiting = new Set<() => void>();
  const notify = () => {
    for (const check of waiting) check();
  };

  const read = async () => {
    try {
      for await (const output of agent.outputs) {
        heard.push(output);
        notify();
      }
      return "ended" as const;
    } catch (thrown) {
      return { thrown };
    } finally {
      isOver = true;
      notify();
    }
  };
  const outcome = read();

  const until = (what: string, isTrue: () => boolean) =>
    new Promise<void>((resolve, reject) => {
      const settle = (run: () => void) => {
        clearTimeout(timer);
        waiting.delete(check);
        run();
      };
      const give = (why: string) =>
        settle(() => reject(new Error(`${why} before ${what}. Heard: ${JSON.stringify(heard)}`)));
      const check = () => {
        if (isTrue()) settle(resolve);
        else if (isOver) give("The outputs ended");
      };
      const timer = setTimeout(() => give("Time ran out"), DEADLINE_MS);
      waiting.add(check);
      check();
    });

  const all = <K extends Output["kind"]>(kind: K) =>
    heard.filter((output): output is OutputOf<K> => output.kind === kind);
  const texts = () => all("block").map(({ text }) => text);
  return {
    heard,
    outcome,
    all,
    texts,
    async nth(kind, count) {
      await until(`${kind} number ${count}`, () => all(kind).length >= count);
      const found = all(kind)[count - 1];
      if (found === undefined) throw new Error(`There is no ${kind} number ${count}.`);
      return found;
    },
    says: (text) => until(`the block "${text}"`, () => texts().some((said) => said.includes(text))),
  };
}

/** A message from mia, framed as the runtime frames it. */
export function messageFor(id: string, body: string, kind: AgentInput["class"] = "deliver"): AgentInput {
  const text = `[from mia (human) to you | m:0badc0de]\n${body}\n[end m:0badc0de]`;
  return { id, text, message: { messageId: id, from: "mia", body }, class: kind };
}
