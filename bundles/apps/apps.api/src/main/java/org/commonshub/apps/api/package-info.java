/**
 * What an app is made of and gets.
 *
 * <p>An app implements {@link org.commonshub.apps.api.App} as a Declarative Services component and
 * takes what it needs as constructor references: {@link org.commonshub.apps.api.AppHome} and {@link
 * org.commonshub.apps.api.AppLog} are there for every app; {@code privacy.api.EnergyData}, {@link
 * org.commonshub.apps.api.AppHttp}, {@link org.commonshub.apps.api.AppActuators}, {@link
 * org.commonshub.apps.api.AppStore}, {@link org.commonshub.apps.api.AppTimers} and {@link
 * org.commonshub.apps.api.AppLicence} if its manifest ({@code HUB-INF/app.json}) asks for what they
 * give. Each is the app's own view: the registry tells who asks.
 *
 * <p><b>One thread.</b> Everything of an app runs on one thread, the app's: its constructor, the
 * methods of {@code App}, its timers, what it chained to an answer, and listeners of its data. It
 * needs no lock and starts no thread. A call that does not return in time (10 s to start, 5 s for
 * anything else) ends the app with a sentence for the person.
 *
 * <p>The same bundle runs inside the hub or in a zone, a process of the provider's own; nothing
 * here tells which. {@code apps.host} implements all but {@code App} and counts what is used;
 * {@code apps.zone} carries it into the zone.
 */
@Export
@Version("1.0.0")
package org.commonshub.apps.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
