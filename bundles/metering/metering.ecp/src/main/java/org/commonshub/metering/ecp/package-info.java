/**
 * Energy Commons Protocol: meters that sign what they measure (docs/data-structure.md, section 9).
 *
 * <p>{@link org.commonshub.metering.ecp.EcpDriver} is found by {@code metering.provider}; nobody
 * else calls in here.
 */
package org.commonshub.metering.ecp;
