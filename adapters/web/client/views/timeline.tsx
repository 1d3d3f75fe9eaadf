import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { problemText } from "../problem-text.js";
import type { TimelineEntry } from "../room-state.js";
import { route } from "../router.js";
import { keepScroll, type ScrollKeeper } from "../scroll-keeper.js";
import { texts } from "../texts.js";
import { dayKey, dayName } from "../time.js";
import { filteredEntries, type TimelineFilter } from "../timeline-filter.js";
import { foldRuns, type Row, timelineRowsOf } from "../timeline-rows.js";
import { type ReadingProgress, readAfter, readingFrom, unseen } from "../unread.js";
import { keptPlace } from "../unread-place.js";
import { QuietLine } from "./line.js";
import { MessageGroup, type People } from "./message.js";
import { clickedAction } from "./message-actions.js";
import { Pending } from "./pending.js";
import { useRoom } from "./room-context.js";
import { goToMark, TimelineBar } from "./timeline-bar.js";
import { VirtualList } from "./virtual-list.js";
import { WorkList } from "./work.js";

const words = texts.timeline;

export function Timeline() {
  const { state, session, hues } = useRoom();
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const keeper = useSignal<ScrollKeeper | undefined>(undefined);
  useEffect(() => {
    if (!scroller.current || !content.current) return undefined;
    const made = keepScroll({ scroller: scroller.current, content: content.current });
    keeper.value = made;
    return () => made.stop();
  }, [keeper]);
  const isAtEnd = keeper.value?.isAtEnd.value ?? true;
  const reading = useReading(isAtEnd);
  const { entries } = state;
  const { unreadFrom } = reading;
  const filter = useSignal<TimelineFilter>("everything");
  const people = usePeople();
  const opened = useSignal<ReadonlySet<string>>(new Set());
  const openFolded = (key: string) => (opened.value = new Set(opened.value).add(key));
  const toEnd = () => keeper.value?.toEnd();
  const ownCount = state.pending.length;
  // Show people the message they just sent
  useEffect(() => {
    if (ownCount > 0) toEnd();
  }, [ownCount]);
  const isLoadingOlder = session.isLoadingOlder.value;
  useOlderOnScroll(scroller);
  const target = useTarget(scroller, keeper, () => (filter.value = "everything"));
  const shown = useMemo(() => filteredEntries(entries, filter.value), [entries, filter.value]);
  const rows = useMemo(() => {
    const all = timelineRowsOf(shown, { unreadFrom, dayOf: dayKey });
    const isOpen = (key: string, folded: readonly Row[]) =>
      opened.value.has(key) || (target !== undefined && rowWith(folded, target) !== undefined);
    return foldRuns(all, { agents: people.agents, isOpen });
  }, [shown, unreadFrom, people, opened.value, target]);
  useMessageActions(content);
  const firstNew = unreadFrom === undefined ? 0 : countFrom(entries, { unreadFrom, me: state.me });
  return (
    <div class="timeline-frame">
      <TimelineBar filter={filter} firstNew={firstNew} onFirstNew={() => goToMark(scroller, keeper.value)} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard */}
      <section class="timeline" id="messages" ref={scroller} tabIndex={0} aria-label={words.heading}>
        <div class="timeline-content" ref={content}>
          <Start isLoading={isLoadingOlder} onOlder={() => void session.loadOlder()} />
          <div role="log" aria-label={words.heading} aria-busy={isLoadingOlder}>
            <VirtualList rows={rows} scroller={scroller} reveal={target && rowWith(rows, target)?.key}>
              {(row) => <RowView row={row} people={people} hues={hues} foundId={target} onOpen={openFolded} />}
            </VirtualList>
            {shown.length === 0 && entries.length > 0 && <p class="timeline-start muted">{words.nothingAbout}</p>}
          </div>
          <Pending />
          <WorkList />
        </div>
      </section>
      {!isAtEnd && <Jump count={unseen(entries, { seen: reading.seen, me: state.me }).length} onJump={toEnd} />}
    </div>
  );
}

const olderWithinPx = 600;

/** Earlier messages load before the reader reaches the first one. */
function useOlderOnScroll(scroller: { readonly current: HTMLElement | null }): void {
  const { session } = useRoom();
  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    let lastTop = element.scrollTop;
    const moved = () => {
      const isUpwards = element.scrollTop < lastTop;
      lastTop = element.scrollTop;
      if (isUpwards && lastTop < olderWithinPx) void session.loadOlder();
    };
    element.addEventListener("scroll", moved, { passive: true });
    return () => element.removeEventListener("scroll", moved);
  }, [session, scroller]);
}

/** Quotes, changes or takes back the message whose button was clicked. */
function useMessageActions(content: { readonly current: HTMLElement | null }): void {
  const { state, session, composerAsk, say } = useRoom();
  useEffect(() => {
    const act = ({ target }: Event) => {
      const clicked = clickedAction(target);
      const message = clicked && state.entries.find(({ id }) => id === clicked.id);
      if (!clicked || message?.kind !== "message") return;
      if (clicked.action !== "takeBack") composerAsk.value = { kind: clicked.action, message };
      else
        void session.api.withdraw(message.id).then((done) => say(done.ok ? words.tookBack : problemText(done.problem)));
    };
    content.current?.addEventListener("click", act);
    return () => content.current?.removeEventListener("click", act);
  });
}

/** Messages of others from the first new one on. */
function countFrom(entries: readonly TimelineEntry[], { unreadFrom, me }: { unreadFrom: string; me: string }): number {
  const at = entries.findIndex(({ id }) => id === unreadFrom);
  return at < 0 ? 0 : entries.slice(at).filter((entry) => entry.kind === "message" && entry.from !== me).length;
}

/** Brings the message the address names into sight; gives its id while it is shown. */
function useTarget(
  scroller: { readonly current: HTMLElement | null },
  keeper: { readonly value: ScrollKeeper | undefined },
  /** Called before it is looked for: it must not be left out. */
  onTarget: () => void,
): string | undefined {
  const { session, say } = useRoom();
  const shown = useSignal<string | undefined>(undefined);
  const { value } = route;
  const target = value.page === "room" ? value.target : undefined;
  const made = keeper.value;
  useEffect(() => {
    if (!target || !made) return;
    shown.value = undefined;
    onTarget();
    void session.loadTo(target).then((isThere) => {
      if (!isThere) return say(words.noSuchMessage);
      shown.value = target.id;
      requestAnimationFrame(() => {
        const id = CSS.escape(target.id);
        made.toElement(scroller.current?.querySelector<HTMLElement>(`[data-anchor="${id}"]`));
        // The link of a group's first message is in the group's head.
        const link = scroller.current?.querySelector<HTMLElement>(`a.permalink[href$="-${id}"]`);
        link?.focus({ preventScroll: true });
      });
    });
  }, [target, made, session]);
  return shown.value;
}

function rowWith(rows: readonly Row[], id: string): Row | undefined {
  return rows.find((row) => row.kind === "group" && row.messages.some((message) => message.id === id));
}

/** The part of it the person has seen: all of it while the page and its end are visible. */
function useReading(isAtEnd: boolean): ReadingProgress {
  const { state } = useRoom();
  const kept = useMemo(() => keptPlace(state), [state.roomId, state.me]);
  const reading = useSignal(useMemo(() => readingFrom(kept.read(), state), []));
  const isVisible = useSignal(!document.hidden);
  useEffect(() => {
    const changed = () => {
      isVisible.value = !document.hidden;
    };
    document.addEventListener("visibilitychange", changed);
    return () => document.removeEventListener("visibilitychange", changed);
  }, [isVisible]);
  const isPresent = isAtEnd && isVisible.value;
  const { entries, me } = state;
  useEffect(() => {
    reading.value = readAfter(reading.peek(), { entries, me, isPresent, isHidden: !isVisible.value });
    const { seen } = reading.value;
    if (isPresent && seen) kept.keep(seen);
  }, [entries, me, isPresent, reading]);
  return reading.value;
}

/** Returns the same object until a participant changes, so that messages need not render again. */
function usePeople(): People {
  const { state, may } = useRoom();
  const maySpeak = may("speak") && state.status !== "closed";
  const { participants, me, roomId } = state;
  const key = participants.map(({ name, kind }) => `${name}/${kind}`).join(" ");
  // `key` says when it changed
  return useMemo(
    () => ({
      me,
      roomId,
      names: new Set(participants.map(({ name }) => name)),
      agents: new Set(participants.filter(({ kind }) => kind === "agent").map(({ name }) => name)),
      maySpeak,
    }),
    [key, me, roomId, maySpeak],
  );
}

function Start({ isLoading, onOlder }: { isLoading: boolean; onOlder: () => void }) {
  const { state, may } = useRoom();
  if (state.older !== undefined) {
    return (
      <p class="timeline-start">
        <button class="button quiet" type="button" disabled={isLoading} onClick={onOlder}>
          {isLoading ? words.loadingOlder : words.older}
        </button>
      </p>
    );
  }
  const isEmpty = state.messageIds.size === 0 && state.pending.length === 0;
  if (!isEmpty) return <p class="timeline-start muted">{words.beginning}</p>;
  return (
    <div class="timeline-empty">
      <p>{words.empty}</p>
      <p class="muted">{may("speak") ? words.emptyHint : words.emptyViewer}</p>
    </div>
  );
}

interface Shown {
  people: People;
  hues: ReadonlyMap<string, number>;
  foundId: string | undefined;
  onOpen: (key: string) => void;
}

function RowView({ row, people, hues, foundId, onOpen }: Shown & { row: Row }) {
  const parts = row.kind === "group" ? row.messages : [row.kind === "line" ? row.entry : row.key, partOf(row)];
  const ownFound = row.kind === "group" ? row.messages.find(({ id }) => id === foundId)?.id : undefined;
  // Return the same element while its parts are the same, so that nothing below renders again.
  // The parts are what matters of the row
  return useMemo(
    () => rowElement(row, { people, hues, foundId: ownFound, onOpen }),
    [...parts, people, hues, ownFound],
  );
}

const partOf = (row: Row): number => (row.kind === "folded" ? row.count : 0);

function rowElement(row: Row, { people, hues, foundId, onOpen }: Shown) {
  switch (row.kind) {
    case "day":
      return (
        <p class="day">
          <span>{dayName(row.at, Date.now())}</span>
        </p>
      );
    case "unread":
      return (
        <p class="unread-mark" id="first-new">
          <span>{words.unread}</span>
        </p>
      );
    case "line":
      return <QuietLine entry={row.entry} />;
    case "folded":
      return (
        <p class="folded-run">
          <button class="button quiet small" type="button" onClick={() => onOpen(row.key)}>
            {words.folded(row.count, row.between[0], row.between[1])}
          </button>
        </p>
      );
    case "group":
      return <MessageGroup messages={row.messages} people={people} hues={hues} foundId={foundId} />;
  }
}

function Jump({ count, onJump }: { count: number; onJump: () => void }) {
  return (
    <button class={`jump ${count > 0 ? "has-new" : ""}`} type="button" onClick={onJump}>
      {count > 0 ? words.jump(count) : words.jumpDown} <span aria-hidden="true">↓</span>
    </button>
  );
}
