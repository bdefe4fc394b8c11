/** The gate: see README.md and docs/privacy.md, chapter "The gate". */
package org.commonshub.privacy.provider;
