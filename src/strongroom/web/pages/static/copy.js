// Adds a button to every command, where the browser lets a page write to the clipboard. Nothing depends on it.
if (navigator.clipboard) {
  const said = document.createElement("p");
  said.className = "unseen";
  said.setAttribute("role", "status");
  document.body.append(said);
  for (const command of document.querySelectorAll(".command")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy: ${command.dataset.label}`);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(command.querySelector("code").textContent);
      button.textContent = "Copied";
      said.textContent = `Copied: ${command.dataset.label}`;
      setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
    });
    command.append(button);
  }
}
