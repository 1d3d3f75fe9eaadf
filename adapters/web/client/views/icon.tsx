/** Outlines in a box of 16, one stroke wide. */
const paths = {
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.7 10.7 14 14",
  invite: "M6.5 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM2 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M12.5 5v5M10 7.5h5",
  pause: "M5.5 3v10M10.5 3v10",
  resume: "M5 3l8 5-8 5V3Z",
  stop: "M4 4h8v8H4z",
  more: "M3 8h.01M8 8h.01M13 8h.01",
  pictures: "M2.5 13.5v-11M2.5 13.5h11M5 11V8M8 11V5M11 11V7",
  manage: "M2 4.5h7M13 4.5h1M2 11.5h1M7 11.5h7M11 6.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM5 13.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  help: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6.2 6.3A1.9 1.9 0 1 1 8.6 8.2c-.4.1-.6.4-.6.9M8 11.2v.1",
  plus: "M8 3v10M3 8h10",
  quote: "M3 7h3.5v4H3zM3 7c0-1.8.9-2.8 2.6-3.2M9.5 7H13v4H9.5zM9.5 7c0-1.8.9-2.8 2.6-3.2",
  edit: "M3 13l.7-2.8L11 3l2 2-7.2 7.3L3 13Z",
  undo: "M6 3.5 3 6.5l3 3M3.5 6.5h5.75a3.25 3.25 0 0 1 0 6.5H6.5",
  filter: "M2.5 4h11M4.5 8h7M6.5 12h3",
  home: "M2.5 7.5 8 3l5.5 4.5M4 6.5V13h8V6.5",
  gate: "M8 1.8 13 4v4c0 3-2.2 5-5 6.2C5.2 13 3 11 3 8V4l5-2.200Z",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1.500v1M8 13.500v1M1.5 8h1M13.5 8h1M3.4 3.400l.7.7M11.9 11.900l.7.7M3.4 12.600l.7-.7M11.9 4.100l.7-.7",
  attach: "M12.5 7.5 7.6 12.4a3 3 0 0 1-4.2-4.2l5.3-5.300a2 2 0 0 1 2.8 2.8L6.300 11a1 1 0 0 1-1.4-1.4l4.600-4.600",
  send: "M2.5 8h10M8.5 4l4 4-4 4",
} as const;

/** Names of the page's icons. */
export type IconName = keyof typeof paths;

/** One icon, as large as the text around it. It says nothing: its control has a name of its own. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon-mark" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
