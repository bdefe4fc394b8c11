package org.commonshub.hubtests.escape;

/** A manifest that asks for a little of everything. */
final class Manifests {
  static final String HOST = "api.example.com";

  private Manifests() {}

  static String json(String id) {
    return """
        {"manifest": 1, "id": "%s", "version": "1.0.0", "kind": "app",
         "provider": {"id": "com.hostile", "name": "Hostile", "url": "https://example.com/",
                      "contact": "nobody@example.com"},
         "texts": {"en": {"name": "Hostile", "summary": "Does one bad thing", "description": "For a test.",
                          "changes": ""}},
         "data": [{"purpose": "advice", "for": "P1M", "why": {"en": "For a test."},
                   "terms": {"version": 1, "purposes": ["advice"], "kinds": ["readings"],
                             "quantities": ["power.active"], "mode": "interval",
                             "resolution_s": 900, "history_s": 86400,
                             "hosts": ["api.example.com"]}}],
         "actuators": [{"role": "ev-charger", "actuator": "current-limit", "why": {"en": "For a test."}}],
         "hosts": [{"host": "api.example.com", "why": {"en": "For a test."}}],
         "resources": {"cpu_ms_per_minute": 1000, "memory_mb": 8, "storage_kb": 64,
                       "network_kb_per_day": 64, "log_lines_per_hour": 10},
         "levels": [{"id": "free", "names": {"en": "Free"}, "features": [], "limits": {"reports": 2},
                     "price_micros": 0, "currency": "EUR", "period": "P1M", "trial": "P0D"}],
         "grace": "P7D", "lease": "P30D"}
        """
        .formatted(id);
  }
}
