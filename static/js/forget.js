// htmx notes the address of the page in the browser's storage when it loads. Nothing of a room stays in a browser.
sessionStorage.removeItem("htmx-current-path-for-history");
