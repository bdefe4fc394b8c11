/** The fence around bundles of others: what they wire to, which services pass, what they see. */
package org.commonshub.apps.sandbox;
