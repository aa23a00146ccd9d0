// Starts `tl lsp` for programs in Tensor Logic.
const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = () => {
  const command = workspace.getConfiguration("tl").get("path");
  client = new LanguageClient("tl", "Tensor Logic", { command, args: ["lsp"] }, { documentSelector: [{ language: "tl" }] });
  return client.start();
};

exports.deactivate = () => client && client.stop();
