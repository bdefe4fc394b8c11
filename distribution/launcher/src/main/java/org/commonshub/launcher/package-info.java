/**
 * Starts the hub: reads feature JSON, keeps the bundle cache in step with it, starts what is
 * wanted, and says in one line each what could not start and why. No bundle depends on this
 * package.
 */
package org.commonshub.launcher;
