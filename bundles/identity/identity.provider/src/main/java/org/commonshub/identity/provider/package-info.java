/** To come. */
package org.commonshub.identity.provider;
