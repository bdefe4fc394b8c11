/**
 * Readings kept over time. {@code history.sqlite} (home) or {@code history.postgres} (community
 * gateway) implements {@link org.commonshub.history.api.HistoryStore} and, as a storage {@code
 * ReadingSink}, receives what it keeps; the console and the ledger call it. Bundles that open
 * sockets may not import this package (house rule 2), the console excepted.
 */
@Export
@Version("1.0.0")
package org.commonshub.history.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
