package org.commonshub.privacy.api;

/**
 * What data is asked for. Consent is given for one purpose of one recipient. The names in brackets
 * are the nearest ones of the W3C Data Privacy Vocabulary 2.
 */
public enum Purpose {
  /** Bills, their check and settlement (dpv:PaymentManagement). */
  BILLING,
  /** Trade of energy with neighbours or on a market (dpv:FulfilmentOfContractualObligation). */
  TRADING,
  /** Forecasts of consumption and production (dpv:ServiceProvision). */
  FORECASTING,
  /** Running devices of this home at better times (dpv:ServiceOptimisation). */
  OPTIMISATION,
  /** Flexibility sold to a grid or a market (dpv:ServiceProvision). */
  FLEXIBILITY,
  /** Running the grid (dpv:PublicBenefit). */
  GRID_OPERATION,
  /** Advice to the people who live here (dpv:ServicePersonalisation). */
  ADVICE,
  /** Finding faults of devices or of the hub (dpv:TechnicalServiceProvision). */
  MAINTENANCE,
  /** Statistics of a community (dpv:ServiceUsageAnalytics). */
  STATISTICS,
  /** Research (dpv:ResearchAndDevelopment). */
  RESEARCH,
  /** Advertising and sale to others (dpv:Marketing, dpv:SellDataToThirdParties). */
  MARKETING
}
