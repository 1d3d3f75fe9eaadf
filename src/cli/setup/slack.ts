import { askApprovers, askPublicUrl, askSecret, explainStep, greetChannel, showLink, type Wizard } from "./wizard.js";

/** From no app at all to a first card in a channel of Slack, over Socket Mode. */
export async function setUpSlack(wizard: Wizard): Promise<void> {
  const { setup, values } = wizard;
  await askPublicUrl(wizard);
  if (!values.SLACK_APP_TOKEN && !values.SLACK_BOT_TOKEN) {
    explainStep(wizard, "1. Make the app", ["Open this address, choose the workspace, and press Next and Create:"]);
    showLink(wizard, setup.appLink);
  }
  explainStep(wizard, "2. App-level token", [
    "On the app's page, Basic Information, App-Level Tokens: Generate Token and Scopes, add connections:write, Generate. Copy the token, which begins with xapp-.",
  ]);
  await askSecret(wizard, { key: "SLACK_APP_TOKEN", question: "Paste it here (it is not shown)" });
  explainStep(wizard, "3. Bot token", [
    "On the same page: Install App, Install to Workspace, Allow. Copy the Bot User OAuth Token, which begins with xoxb-.",
  ]);
  await askSecret(wizard, { key: "SLACK_BOT_TOKEN", question: "Paste it here (it is not shown)" });
  await askApprovers(wizard, "SLACK_APPROVERS");
  await greetChannel(wizard);
}
