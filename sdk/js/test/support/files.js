/** Where the files of the package are. */

/** The directory of the package. */
export const PACKAGE = new URL("../../", import.meta.url);

/** The files that the service ships. */
export const SHIPPED = new URL("../../service/src/widget_service/widgets/static/widget-sdk/", PACKAGE);
