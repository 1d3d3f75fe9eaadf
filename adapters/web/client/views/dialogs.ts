/** Loaded together, the first time one of them is opened: parts of their own would leave the page many small files to load first. */
export { HelpDialog } from "./help-dialog.js";
export { ManageDialog } from "./manage-dialog.js";
export { NewRoomForm } from "./new-room-form.js";
export { PicturesDialog } from "./pictures-dialog.js";
export { SearchDialog } from "./search-dialog.js";
