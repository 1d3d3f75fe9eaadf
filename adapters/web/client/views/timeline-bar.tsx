import type { Signal } from "@preact/signals";
import type { ScrollKeeper } from "../scroll-keeper.js";
import { texts } from "../texts.js";
import type { TimelineFilter } from "../timeline-filter.js";
import { Icon } from "./icon.js";
import { useRoom } from "./room-context.js";

const words = texts.timeline;

/** Above the conversation: which part of it is shown, and the way to the first message that came since the last visit. */
export function TimelineBar({
  filter,
  firstNew,
  onFirstNew,
}: {
  filter: Signal<TimelineFilter>;
  firstNew: number;
  onFirstNew: () => void;
}) {
  const { state } = useRoom();
  const about = filter.value === "everything" ? "" : filter.value.about;
  const others = state.participants.filter(({ name }) => name !== state.me);
  return (
    <div class={`timeline-bar ${about === "" ? "" : "is-filtered"}`}>
      <span class="timeline-filter">
        <Icon name="filter" />
        <select
          aria-label={words.show}
          value={about}
          onChange={({ currentTarget: { value } }) => (filter.value = value === "" ? "everything" : { about: value })}
        >
          <option value="">{words.everything}</option>
          <option value={state.me}>{words.aboutMe}</option>
          {others.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </span>
      {about !== "" && <span class="muted">{words.onlyAbout(about)}</span>}
      {firstNew > 0 && (
        <button class="button quiet small" type="button" onClick={onFirstNew}>
          {words.firstNew(firstNew)} <span aria-hidden="true">↑</span>
        </button>
      )}
    </div>
  );
}

/** Scrolls to the mark before the first new message. */
export function goToMark(scroller: { readonly current: HTMLElement | null }, keeper: ScrollKeeper | undefined): void {
  keeper?.toElement(scroller.current?.querySelector<HTMLElement>("#first-new"));
}
