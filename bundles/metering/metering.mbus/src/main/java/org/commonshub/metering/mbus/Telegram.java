package org.commonshub.metering.mbus;

import java.util.List;
import java.util.Optional;

/**
 * What a meter said in one telegram.
 *
 * @param header its header; none after CI 78h
 * @param body its records
 */
record Telegram(Optional<Header> header, RecordReader.Body body) {
  List<DataRecord> records() {
    return body.records();
  }
}
