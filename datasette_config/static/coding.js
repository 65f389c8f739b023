// Single keys for the coding page. Everything they do can be done without them; they can be switched off (WCAG 2.1.4).
(() => {
  const form = document.getElementById("coding");
  if (!form) return;
  const said = document.getElementById("said");
  const single = document.getElementById("single");
  const OFF = "coding: single keys off";

  document.getElementById("switch").hidden = false;
  single.checked = localStorage.getItem(OFF) !== "1";
  single.addEventListener("change", () => localStorage.setItem(OFF, single.checked ? "0" : "1"));

  const relevant = () => {
    const chosen = form.querySelector("input[name=answer]:checked");
    for (const part of form.querySelectorAll("[data-if-relevant] fieldset")) part.disabled = !!chosen && chosen.value !== "yes";
  };
  form.addEventListener("change", relevant);
  relevant();

  const tell = (input) => {
    const name = input.closest("label").firstChild.nextSibling.textContent.trim();
    said.textContent = `${name}: ${input.checked ? "ticked" : "not ticked"}`;
  };
  const press = (key) => {
    const input = [...form.querySelectorAll("input[data-key]")].find((one) => one.dataset.key === key);
    if (!input || input.matches(":disabled")) return false;
    input.click();
    tell(input);
    return true;
  };

  document.addEventListener("keydown", (event) => {
    const here = event.target;
    const writing = here.matches("textarea, input[type=text]");
    if (event.key === "Escape" && writing) return here.blur();
    if (writing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Enter" && !here.closest("button, a, summary, input")) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button.strong"));
    }
    if (!single.checked || event.key.length !== 1) return;
    const key = event.key.toLowerCase();
    const skip = form.querySelector("button[name=skip]");
    const undo = document.getElementById("undo");
    if (key === "s" && skip) form.requestSubmit(skip);
    else if (key === "u" && undo) undo.requestSubmit();
    else if (key === "m") document.getElementById("note").focus();
    else if (!press(key)) return;
    event.preventDefault();
  });

  document.getElementById("faults")?.focus();
})();
