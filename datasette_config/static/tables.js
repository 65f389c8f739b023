// Names for the controls of Datasette's own pages of tables, for people who hear pages instead of seeing them.
"use strict";
// Later than Datasette's own window.onload, which makes the editor of SQL.
addEventListener("load", () => setTimeout(() => {
  const names = {
    "[name^=_filter_column]": "Column to filter by",
    "[name^=_filter_op]": "How to compare",
    "[name^=_filter_value]": "Value to compare with",
    ".filter-row select[name=_sort]": "Column to sort by",
    ".CodeMirror textarea": "SQL",
  };
  for (const [which, name] of Object.entries(names)) {
    for (const control of document.querySelectorAll(which)) control.setAttribute("aria-label", name);
  }
  for (const heading of document.querySelectorAll("section.content h3")) heading.setAttribute("aria-level", "2");
  for (const list of document.querySelectorAll("dl.column-descriptions")) list.tabIndex = 0;
}));
