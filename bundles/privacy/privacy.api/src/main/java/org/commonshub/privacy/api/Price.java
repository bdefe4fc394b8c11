package org.commonshub.privacy.api;

import java.util.regex.Pattern;

/**
 * What a recipient pays for the data.
 *
 * @param microUnits millionths of the currency, ≥ 0, for every started {@code days}
 * @param currency ISO 4217, or the code of a community's credit
 * @param days 1 … 366
 */
public record Price(long microUnits, String currency, int days) {
  private static final Pattern CURRENCY = Pattern.compile("[A-Z]{2,5}");

  public Price {
    if (microUnits < 0 || microUnits > 1_000_000_000_000L) {
      throw new IllegalArgumentException("price: 0 to 1,000,000 of the currency");
    }
    if (!CURRENCY.matcher(currency).matches()) {
      throw new IllegalArgumentException("price: the currency is a code such as EUR");
    }
    if (days < 1 || days > 366) {
      throw new IllegalArgumentException("price: it is for 1 to 366 days");
    }
  }
}
