/** {@code verify.jar}: what a receipt or an exported journal proves, and what not. */
package org.commonshub.verify;
