/**
 * What {@code apps.provider} (in the hub) and the zone's runtime (in a zone) ask of the sandbox. It
 * needs nothing but the framework: the sandbox starts before everything else. No app may import it.
 */
@Export
@Version("1.0.0")
package org.commonshub.apps.sandbox.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
