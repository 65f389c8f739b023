// Keys for the coding page. Everything they do can be done without them; they can be switched off (WCAG 2.1.4).
(() => {
  const form = document.getElementById("coding");
  const UNSAVED = "coding: not saved", OFF = "coding: single keys off";
  if (document.querySelector("#name, #username")) sessionStorage.removeItem(UNSAVED); // someone has signed out
  const undo = document.getElementById("undo");
  if (!form) {
    const taken = (event) => event.key === "u" && !event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (undo) document.addEventListener("keydown", (event) => taken(event) && localStorage.getItem(OFF) !== "1" && undo.requestSubmit());
    return;
  }
  const said = document.getElementById("said");
  const chosen = document.getElementById("chosen");
  const single = document.getElementById("single");
  const skip = document.querySelector("button[name=skip]");
  const WRITING = "textarea, select, input:not([type=checkbox], [type=radio])";
  const inputs = [...form.querySelectorAll("input[type=radio], input[type=checkbox]")];
  const byKey = new Map(inputs.filter((one) => one.dataset.key).map((one) => [one.dataset.key, one]));
  let group = ""; // the letter of the group that digits tick in

  document.getElementById("switch").hidden = false;
  single.checked = localStorage.getItem(OFF) !== "1";
  single.addEventListener("change", () => localStorage.setItem(OFF, single.checked ? "0" : "1"));

  const nameOf = (input) => input.closest("label").querySelector(".what").textContent.trim();
  const show = () => {
    const answer = inputs.find((one) => one.name === "answer" && one.checked);
    for (const part of form.querySelectorAll("[data-if-relevant] fieldset")) part.disabled = !!answer && answer.value !== "yes";
    const names = inputs.filter((one) => one.checked && !one.matches(":disabled")).map(nameOf);
    chosen.textContent = names.join(" · ") || "Nothing chosen yet";
    chosen.hidden = false;
  };

  // What is not saved yet outlives a reload: in this tab alone, and for this coder, until it is saved. Nothing of it is filled in
  // where the page says otherwise by now (it was saved elsewhere), or the post's words changed.
  const note = document.getElementById("note");
  const faults = document.getElementById("faults");
  const post = ["post", "shown"].map((name) => form.elements[name].value).join(" ");
  const filled = (ticked, words) => JSON.stringify([inputs.filter(ticked).map((one) => `${one.name} ${one.value}`), words]);
  const kept = JSON.parse(sessionStorage.getItem(UNSAVED) ?? "{}");
  const mine = kept.coder === form.elements.coder.value ? kept.posts : {};
  const action = form.getAttribute("action");
  const here = `${action} ${post}`;
  if (document.querySelector(".done")) for (const each of Object.keys(mine)) if (mine[each].sent) delete mine[each];
  const before = faults ? (mine[here]?.before ?? null) : filled((one) => one.defaultChecked, note.defaultValue);
  const keep = () => sessionStorage.setItem(UNSAVED, JSON.stringify({ coder: form.elements.coder.value, posts: mine }));
  const noteDown = () => {
    mine[here] = { before, now: filled((one) => one.checked, note.value) };
    keep();
  };
  const restore = () => {
    if (faults) return noteDown(); // what was sent and not taken stands on the page; null: whatever the post's page says
    if (mine[here] && ![before, null].includes(mine[here].before)) delete mine[here];
    if (!mine[here]) return keep();
    const [ticked, words] = JSON.parse(mine[here].now);
    for (const one of inputs) one.checked = ticked.includes(`${one.name} ${one.value}`);
    note.value = words;
    document.getElementById("unsaved").hidden = false;
    document.getElementById("again")?.remove();
    noteDown();
  };
  form.addEventListener("input", noteDown);
  form.addEventListener("submit", (event) => {
    if (event.submitter === skip) delete mine[here];
    else if (mine[here]) mine[here].sent = true;
    keep();
  });
  restore();

  form.addEventListener("change", show);
  addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelector(".done")?.remove(); // the page as it was left: what was done then is long past
    show();
  });
  show();

  const tell = (words) => {
    said.textContent = words;
    return true;
  };
  const goTo = (letter) => {
    group = letter;
    const there = [...byKey].filter(([key]) => letter && key.length > 1 && key[0] === letter).map(([, input]) => input);
    for (const input of inputs) input.closest("label").classList.toggle("live", there.includes(input));
    return there;
  };
  const tick = (input) => {
    if (input.matches(":disabled")) return tell("Only a post that is part of this debate has themes");
    input.click();
    if (group && input.dataset.key[0] === group) input.focus();
    return tell(`${nameOf(input)}: ${input.checked ? "ticked" : "not ticked"}`);
  };
  const press = (key) => {
    const input = byKey.get(group + key) ?? byKey.get(key);
    if (input) {
      if (!byKey.has(group + key)) goTo("");
      return tick(input);
    }
    const [first, ...others] = [...byKey].filter(([name]) => name.length > 1 && name[0] === key).map(([, one]) => one);
    if (!first) return false;
    if (first.matches(":disabled")) return tick(first);
    goTo(key);
    first.focus();
    return tell(`${first.closest("fieldset").querySelector("legend").textContent.trim()}: ${others.length + 1} choices`);
  };

  document.addEventListener("keydown", (event) => {
    const here = event.target;
    const writing = here.matches(WRITING);
    if (event.key === "Escape") return writing ? here.blur() : goTo("");
    if (writing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Enter" && !event.repeat && !here.closest("button, a, summary, input")) {
      event.preventDefault();
      form.requestSubmit(document.querySelector("button.strong"));
    }
    if (!single.checked || event.key.length !== 1 || event.repeat) return;
    // Where digits need Shift (France), the key of a digit is that digit without it.
    const key = /^Digit\d$/.test(event.code) ? event.code.at(-1) : event.key.toLowerCase();
    if (key === "s" && skip) form.requestSubmit(skip);
    else if (key === "u" && undo) undo.requestSubmit();
    else if (key === "m") document.getElementById("note").focus();
    else if (!press(key)) return;
    event.preventDefault();
  });

  // So that going back leads to this very post, with what was said of it, and not to whichever is the next by then.
  const address = form.dataset.address ?? (location.pathname === action ? "" : action);
  if (address) history.replaceState(null, "", address);
  if (faults) faults.focus();
})();
