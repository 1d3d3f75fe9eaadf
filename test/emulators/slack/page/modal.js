// The modal on top of the person's stack. It is drawn again only when the app changed it, so typed text stays.
const dialog = document.querySelector("#modal");
const form = dialog.querySelector("form");
const body = dialog.querySelector(".body");
let shown;
let act;

export function showModal(view, doAct) {
  act = doAct;
  if (view === undefined) {
    shown = undefined;
    if (dialog.open) dialog.close();
    return;
  }
  if (shown !== undefined && shown.viewId === view.viewId && shown.html === view.html) return;
  const typed = shown?.viewId === view.viewId ? values() : {};
  shown = view;
  dialog.querySelector("h1").textContent = view.title;
  body.innerHTML = view.html;
  restore(typed);
  const submit = dialog.querySelector("[type=submit]");
  submit.textContent = view.submit || "Close";
  submit.hidden = view.submit === "";
  if (!dialog.open) dialog.showModal();
}

const fields = () => [...body.querySelectorAll(".input [data-action]")];

/** action_id → the entered value. */
function values() {
  const entered = {};
  for (const field of fields()) {
    const id = field.dataset.action;
    if (field.type === "radio") entered[id] = field.checked ? field.value : (entered[id] ?? "");
    else if (field.type === "checkbox") entered[id] = [...(entered[id] ?? []), ...(field.checked ? [field.value] : [])];
    else entered[id] = field.value;
  }
  return entered;
}

function restore(typed) {
  for (const field of fields()) {
    const value = typed[field.dataset.action];
    if (value === undefined) continue;
    if (field.type === "radio" || field.type === "checkbox") field.checked = [value].flat().includes(field.value);
    else field.value = value;
  }
}

function showProblems(errors) {
  for (const old of body.querySelectorAll(".error")) old.remove();
  for (const [blockId, text] of Object.entries(errors)) {
    const field = fields().find((candidate) => candidate.dataset.block === blockId);
    const note = document.createElement("span");
    note.className = "error";
    note.setAttribute("role", "alert");
    note.textContent = text;
    field?.closest(".input").append(note);
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const result = await act("submit", { viewId: shown.viewId, values: values() });
  if (result?.result === "errors") showProblems(result.errors);
  if (result?.result === "failed") showProblems({ [fields()[0]?.dataset.block]: result.shown });
});

body.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-action]");
  if (button === null) return;
  act("click", { viewId: shown.viewId, actionId: button.dataset.action, blockId: button.dataset.block });
});

for (const button of dialog.querySelectorAll(".close")) button.addEventListener("click", () => act("close-modal", {}));
dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  act("close-modal", {});
});
