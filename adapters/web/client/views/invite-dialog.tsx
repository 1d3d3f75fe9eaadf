import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { inviteLink } from "../invite-link.js";
import { problemText } from "../problem-text.js";
import { texts } from "../texts.js";
import { DialogBar, ProblemText } from "./basics.js";
import { later } from "./later.js";
import { useRoom } from "./room-context.js";

const QrCode = later(async () => (await import("./qr-code.js")).QrCode);
const words = texts.invite;
/** From least to most; people cannot give more rights than they have. */
const roles = ["viewer", "member", "approver", "owner"] as const;

export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { session, role: own } = useRoom();
  const dialog = useRef<HTMLDialogElement>(null);
  const role = useSignal<string>("member");
  const expires = useSignal(7 * 24 * 3_600);
  const link = useSignal("");
  const problem = useSignal("");
  const isBusy = useSignal(false);
  useEffect(() => dialog.current?.showModal(), []);

  async function make(event: Event): Promise<void> {
    event.preventDefault();
    isBusy.value = true;
    const made = await session.api.invite({ role: role.value, expiresInSeconds: expires.value });
    isBusy.value = false;
    link.value = made.ok ? inviteLink(location.origin, made.value.code) : "";
    problem.value = made.ok ? "" : problemText(made.problem);
  }

  return (
    <dialog class="dialog" ref={dialog} aria-labelledby="invite-heading" onClose={onClose}>
      <DialogBar
        id="invite-heading"
        heading={words.heading}
        close={words.close}
        onClose={() => dialog.current?.close()}
      />
      <form onSubmit={make}>
        <label for="invite-role">{words.role}</label>
        <select
          id="invite-role"
          class="input"
          value={role.value}
          onChange={(event) => {
            role.value = event.currentTarget.value;
            link.value = "";
          }}
        >
          {roles.slice(0, roles.indexOf(own) + 1).map((name) => (
            <option key={name} value={name}>
              {words.roles[name]}
            </option>
          ))}
        </select>
        <label for="invite-expires">{words.expires}</label>
        <select
          id="invite-expires"
          class="input"
          value={expires.value}
          onChange={(event) => {
            expires.value = Number(event.currentTarget.value);
            link.value = "";
          }}
        >
          {Object.entries(words.expiry).map(([seconds, text]) => (
            <option key={seconds} value={seconds}>
              {text}
            </option>
          ))}
        </select>
        {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
        {link.value === "" ? (
          <button class="button primary wide" type="submit" disabled={isBusy.value}>
            {isBusy.value ? words.making : words.make}
          </button>
        ) : (
          <MadeLink link={link.value} />
        )}
        <p class="hint">{words.note}</p>
      </form>
    </dialog>
  );
}

function MadeLink({ link }: { link: string }) {
  const field = useRef<HTMLInputElement>(null);
  const isCopied = useSignal(false);
  /** Without a secure context there is no clipboard: the link is selected, to be copied by hand. */
  async function copy(): Promise<void> {
    field.current?.select();
    isCopied.value = await navigator.clipboard?.writeText(link).then(
      () => true,
      () => false,
    );
  }
  return (
    <>
      <label for="invite-link">{words.link}</label>
      <input id="invite-link" class="input code-input" ref={field} readOnly value={link} />
      <button class="button primary wide" type="button" onClick={() => void copy()}>
        {isCopied.value ? words.copied : words.copy}
      </button>
      <QrCode text={link} />
    </>
  );
}
