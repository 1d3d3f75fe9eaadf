import { describe, expect, test } from "vitest";
import { openSharedSource } from "../../adapters/web/client/shared-source.js";
import { isBehind, type PositionedListener, type TabMessage } from "../../adapters/web/client/tab-messages.js";

/** Tabs of one browser: a channel between them, a lock, and a server whose streams are moved by hand. */
function createBrowser({ isFull = false } = {}) {
  const timers: { callback: () => void }[] = [];
  const ears = new Map<object, (message: TabMessage) => void>();
  const waiting: { id: object; lead: () => void }[] = [];
  const streams: { tab: string; after: string; listener: PositionedListener; isClosed: boolean }[] = [];
  let leader: object | undefined;
  const grant = () => {
    if (leader) return;
    const next = waiting.shift();
    leader = next?.id;
    next?.lead();
  };
  function openTab(tab: string, start: string) {
    const id = {};
    const told: string[] = [];
    const at = { position: start };
    const source = openSharedSource({
      after: () => at.position,
      listener: {
        opened: () => told.push("opened"),
        message(data) {
          told.push(data);
          if (isBehind(at.position, data)) at.position = data;
        },
        failed: (gaveUp) => told.push(gaveUp ? "gave up" : "broken"),
      },
      connect(after, listener) {
        const stream = { tab, after, listener, isClosed: false };
        streams.push(stream);
        return {
          close() {
            stream.isClosed = true;
          },
        };
      },
      post(message) {
        for (const [other, hear] of [...ears]) if (other !== id) hear(message);
      },
      hear(heard) {
        ears.set(id, heard);
        return () => ears.delete(id);
      },
      later(_delayMs, callback) {
        const timer = { callback };
        timers.push(timer);
        return () => void timers.splice(0, timers.length, ...timers.filter((other) => other !== timer));
      },
      contend(lead, wait) {
        if (isFull) wait();
        else waiting.push({ id, lead });
        grant();
        return () => {
          if (leader === id) leader = undefined;
          const at = waiting.findIndex((one) => one.id === id);
          if (at >= 0) waiting.splice(at, 1);
          grant();
        };
      },
    });
    return { told, at, close: () => source.close() };
  }
  const open = () => streams.filter(({ isClosed }) => !isClosed);
  return {
    openTab,
    open,
    timers,
    /** The events of the log up to a position, sent down a stream. */
    send(stream: { listener: PositionedListener } | undefined, ...positions: string[]) {
      for (const position of positions) stream?.listener.message(position, position);
    },
  };
}

describe("tabs of one room", () => {
  test("read one stream, and all see every event", () => {
    const { openTab, open, send } = createBrowser();
    const first = openTab("first", "10");
    open()[0]?.listener.opened();
    const second = openTab("second", "10");
    const third = openTab("third", "10");
    send(open()[0], "11.0", "11.1");
    expect(open().map(({ tab }) => tab)).toEqual(["first"]);
    for (const { told } of [first, second, third]) expect(told).toEqual(["opened", "11.0", "11.1"]);
  });

  test("that come later catch up on their own stream, in order, and then close it", () => {
    const { openTab, open, send } = createBrowser();
    openTab("first", "10");
    open()[0]?.listener.opened();
    send(open()[0], "11.0", "12.0");
    const late = openTab("late", "10");
    expect(open().map(({ tab, after }) => [tab, after])).toEqual([
      ["first", "10"],
      ["late", "10"],
    ]);
    send(open()[0], "13.0");
    send(open()[1], "11.0", "12.0");
    expect(open().map(({ tab }) => tab)).toEqual(["first"]);
    expect(late.told).toEqual(["11.0", "12.0", "opened", "13.0"]);
    send(open()[0], "14.0");
    expect(late.told.at(-1)).toBe("14.0");
  });

  test("go on from their own place when the leading one is closed", () => {
    const { openTab, open, send } = createBrowser();
    const first = openTab("first", "10");
    open()[0]?.listener.opened();
    const second = openTab("second", "10");
    const third = openTab("third", "10");
    send(open()[0], "11.0");
    first.close();
    expect(open().map(({ tab, after }) => [tab, after])).toEqual([["second", "11.0"]]);
    open()[0]?.listener.opened();
    send(open()[0], "12.0");
    expect(second.told).toEqual(["opened", "11.0", "opened", "12.0"]);
    expect(third.told).toEqual(["opened", "11.0", "12.0"]);
    expect(open()).toHaveLength(1);
  });

  test("catch up when the new leading one was further", () => {
    const { openTab, open, send } = createBrowser();
    const first = openTab("first", "10");
    open()[0]?.listener.opened();
    const second = openTab("second", "10");
    const third = openTab("third", "10");
    second.at.position = "15.0";
    first.close();
    open()[0]?.listener.opened();
    expect(open().map(({ tab, after }) => [tab, after])).toEqual([
      ["second", "15.0"],
      ["third", "10"],
    ]);
    send(open()[1], "14.0", "15.0");
    expect(third.told.slice(-3)).toEqual(["14.0", "15.0", "opened"]);
  });

  test("say together that the connection is lost, and is back", () => {
    const { openTab, open } = createBrowser();
    const first = openTab("first", "10");
    open()[0]?.listener.opened();
    const second = openTab("second", "10");
    open()[0]?.listener.failed(false);
    open()[0]?.listener.opened();
    for (const { told } of [first, second]) expect(told).toEqual(["opened", "broken", "opened"]);
  });

  test("look at their room now and then while the browser holds all the streams it may", () => {
    const { openTab, open, send, timers } = createBrowser({ isFull: true });
    const { told } = openTab("fifth", "10");
    open()[0]?.listener.opened();
    send(open()[0], "11.0");
    timers.shift()?.callback();
    expect(open()).toEqual([]);
    timers.shift()?.callback();
    expect(open().map(({ after }) => after)).toEqual(["11.0"]);
    expect(told).toEqual(["opened", "11.0"]);
  });

  test("a closed tab hears nothing and holds nothing", () => {
    const { openTab, open, send } = createBrowser();
    openTab("first", "10");
    open()[0]?.listener.opened();
    const second = openTab("second", "10");
    second.close();
    send(open()[0], "11.0");
    expect(second.told).toEqual(["opened"]);
    expect(open()).toHaveLength(1);
  });
});
