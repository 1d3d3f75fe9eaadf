import { useSignal, useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { initialsOf } from "../../../../src/core/face/initials.js";
import { nowMs } from "../now.js";
import { texts } from "../texts.js";
import { duration, fullTime } from "../time.js";
import { lookAlikeSegments, visibleSegments } from "../visible-text.js";
import { Icon, type IconName } from "./icon.js";

/** Untrusted text: each hidden character is shown in a small box instead of taking effect. */
export function Plain({ text }: { text: string }) {
  const segments = visibleSegments(text);
  if (segments.length === 1 && segments[0] && "text" in segments[0]) return <>{segments[0].text}</>;
  return (
    <>
      {segments.map((segment, at) =>
        "text" in segment ? (
          segment.text
        ) : (
          <span class="unseen" key={at} title={segment.name}>
            <span class="visually-hidden">{texts.timeline.unseen(segment.name, segment.code)}</span>
            <span aria-hidden="true">{segment.code}</span>
          </span>
        ),
      )}
    </>
  );
}

/** As `Plain`, and also highlights letters that pass for Latin ones inside a word: for text that is decided on. */
export function Wary({ text }: { text: string }) {
  return (
    <>
      {lookAlikeSegments(text).map((segment, at) =>
        typeof segment === "string" ? (
          <Plain key={at} text={segment} />
        ) : (
          <span class="unseen look-alike" key={at} title={segment.code}>
            {segment.letters}
            <span class="visually-hidden"> {segment.code} </span>
          </span>
        ),
      )}
    </>
  );
}

/** The head of a dialog: its title and the close button. */
export function DialogBar({
  id,
  heading,
  close,
  onClose,
}: {
  id: string;
  heading: string;
  close: string;
  onClose: () => void;
}) {
  return (
    <div class="dialog-bar">
      <h2 id={id}>{heading}</h2>
      <button class="button quiet" type="button" onClick={onClose}>
        {close}
      </button>
    </div>
  );
}

/** Agents are squares, people are circles; the colour is theirs alone in the room. */
export function Avatar({
  name,
  kind,
  hue,
  size = "normal",
}: {
  name: string;
  kind: "agent" | "human";
  hue: number;
  size?: "small" | "normal";
}) {
  return (
    <span class={`avatar avatar-${kind} avatar-${size} hue-${hue}`} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}

/** A running duration. */
export function Since({ at, words }: { at: number; words: (time: string) => string }) {
  return <>{words(duration(Math.max(1_000, nowMs.value - at)))}</>;
}

export function Key({ letter }: { letter: string }) {
  return (
    <span class="key" aria-hidden="true">
      {letter}
    </span>
  );
}

/** A part that scrolls in a box of its own; reachable by keyboard for that. */
export function Scrollable({
  label,
  children,
  ...attributes
}: {
  label: string;
  children: ComponentChildren;
  class: string;
  dir?: "auto" | "ltr";
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard could not scroll it
    <section tabIndex={0} aria-label={label} {...attributes}>
      {children}
    </section>
  );
}

export function ProblemText({ children }: { children: ComponentChildren }) {
  return (
    <p class="problem" role="alert">
      {children}
    </p>
  );
}

/** Whether a media query holds now. */
export function useMedia(query: string): boolean {
  const matches = useSignal(matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const changed = () => {
      matches.value = list.matches;
    };
    list.addEventListener("change", changed);
    return () => list.removeEventListener("change", changed);
  }, [query, matches]);
  return matches.value;
}

/** Names the page. */
export function useTitle(title: () => string): void {
  useSignalEffect(() => {
    document.title = title();
  });
}

const armedForMs = 4_000;

/** Asks for confirmation, in its own place, before an irreversible action. */
export function ArmedButton({
  label,
  sure,
  icon,
  onClick,
}: {
  label: string;
  sure: string;
  icon?: IconName;
  onClick: () => void;
}) {
  const isArmed = useSignal(false);
  useEffect(() => {
    if (!isArmed.value) return undefined;
    const timer = setTimeout(() => {
      isArmed.value = false;
    }, armedForMs);
    return () => clearTimeout(timer);
  }, [isArmed.value]);
  const press = () => {
    if (isArmed.value) onClick();
    isArmed.value = !isArmed.value;
  };
  return (
    <button class={`button ${isArmed.value ? "danger-solid" : "danger-quiet"}`} type="button" onClick={press}>
      {icon && <Icon name={icon} />}
      {isArmed.value ? sure : label}
    </button>
  );
}

/** The full date of a time, formatted on hover: many are drawn, few are looked at. */
export function fullTimeOnHover(at: number) {
  return {
    onPointerEnter: ({ currentTarget }: { currentTarget: HTMLElement }) => {
      currentTarget.title = fullTime(at);
    },
  };
}
