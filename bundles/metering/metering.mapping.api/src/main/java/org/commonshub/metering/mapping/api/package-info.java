/**
 * How what devices say in JSON becomes readings: a bounded reader, paths into it (a subset of RFC
 * 9535), units, mapping lines, and the names that three widespread ecosystems give their values.
 * Pure functions and values; called by the drivers that read such devices over MQTT, HTTP and the
 * emonCMS input API, which would otherwise each have a copy.
 */
@Export
@Version("1.0.0")
package org.commonshub.metering.mapping.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
