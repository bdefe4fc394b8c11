/**
 * What people may always do with their own data: take it with them, and have it erased. Implements
 * {@link org.commonshub.privacy.api.DataRights}; called by the console.
 */
package org.commonshub.privacy.rights;
