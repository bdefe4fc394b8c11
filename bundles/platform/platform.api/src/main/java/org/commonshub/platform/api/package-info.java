/**
 * What every other group may expect of the platform: time, places on disk, settings, secrets,
 * features, accounts, backup and the audit log.
 *
 * <p>The platform bundles ({@code platform.clock}, {@code platform.config}, {@code
 * platform.accounts}, …) implement the {@code @ProviderType} interfaces; any bundle calls them.
 * {@code @ConsumerType} interfaces ({@link org.commonshub.platform.api.BackupParticipant}) are
 * implemented by bundles that have something to contribute and are called by the platform.
 *
 * <p>Unless a method says otherwise, every service here is safe for use by several threads, returns
 * immutable snapshots, and never returns {@code null}.
 */
@Export
@Version("1.0.0")
package org.commonshub.platform.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
