/**
 * Smart meters on their customer port P1 (DSMR, ESMR, e-MUCS and their Swedish, Hungarian,
 * Luxembourgish and Austrian relatives).
 */
package org.commonshub.metering.p1;
