/**
 * What runs in the process of a zone: a framework with the sandbox, Declarative Services and apps,
 * and the services of apps as calls to the hub. Never loaded by the hub itself.
 */
package org.commonshub.apps.zone.runtime;
