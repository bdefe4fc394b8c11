package org.commonshub.ledger.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.KeyAlgorithm;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.SigningPurpose;
import org.junit.jupiter.api.Test;

class ContentTest {
  private static final UUID METER = UUID.fromString("6f1e2d3c-0000-4000-8000-000000000001");
  private static final Instant SLOT = Instant.parse("2026-03-01T10:15:00Z");

  @Test
  void registersOfASlot() throws Exception {
    SlotRegisters registers =
        new SlotRegisters(
            METER,
            SLOT,
            2,
            List.of(
                new SlotRegisters.Register("1-0:1.8.0", SLOT.plusSeconds(899), 123_456_789, -1, 0)),
            Optional.of(17L));
    byte[] bytes = registers.encode();
    assertThat(SlotRegisters.of(bytes)).isEqualTo(registers);
    assertThat(HexFormat.of().formatHex(bytes))
        .isEqualTo(
            "a501506f1e2d3c00004000800000000000000102" // device, slot
                + "1b0000019ca8e4e8a0" // 2026-03-01T10:15:00Z
                + "03020481856931"
                + "2d303a312e382e30"
                + "1b0000019ca8f2a058"
                + "1a075bcd152000"
                + "0511");
  }

  @Test
  void gapOfAMeter() throws Exception {
    SlotGap gap = new SlotGap(METER, SLOT, SLOT.plusSeconds(1800), Optional.of(0));
    assertThat(SlotGap.of(gap.encode())).isEqualTo(gap);
    SlotGap unknown = new SlotGap(METER, SLOT, SLOT.plusSeconds(900), Optional.empty());
    assertThat(SlotGap.of(unknown.encode())).isEqualTo(unknown);
  }

  @Test
  void whatIsSomethingElseIsRefused() {
    for (Object other :
        List.of(
            1L,
            List.of(),
            Map.of(),
            Map.of(1L, new byte[15], 2L, 0L, 3L, 0L, 4L, List.of()),
            Map.of(1L, new byte[16], 2L, 0L, 3L, 0L, 4L, List.of(List.of("1-0:1.8.0"))))) {
      assertThatThrownBy(() -> SlotRegisters.of(Cbor.encode(other)))
          .isInstanceOf(MalformedCborException.class);
    }
    assertThatThrownBy(() -> SlotGap.of(Cbor.encode(Map.of(1L, new byte[16]))))
        .isInstanceOf(MalformedCborException.class);
  }

  @Test
  void checkpointsAreTakenApart() throws Exception {
    byte[] root = new byte[32];
    byte[] payload = Checkpoint.payload("did:example:1", 3, 42, root, SLOT);
    byte[] signed =
        CoseSign1.sign(
            KeyAlgorithm.ED25519, SigningPurpose.CHECKPOINT, Map.of(), payload, m -> new byte[64]);
    Checkpoint checkpoint = Checkpoint.of(signed, List.of());
    assertThat(checkpoint.origin()).isEqualTo("did:example:1");
    assertThat(checkpoint.epoch()).isEqualTo(3);
    assertThat(checkpoint.size()).isEqualTo(42);
    assertThat(checkpoint.root()).isEqualTo(root);
    assertThat(checkpoint.instant()).isEqualTo(SLOT);
    byte[] shortRoot = Checkpoint.payload("did:example:1", 3, 42, new byte[31], SLOT);
    byte[] wrong =
        CoseSign1.sign(
            KeyAlgorithm.ED25519,
            SigningPurpose.CHECKPOINT,
            Map.of(),
            shortRoot,
            m -> new byte[64]);
    assertThatThrownBy(() -> Checkpoint.of(wrong, List.of()))
        .isInstanceOf(MalformedCborException.class);
  }
}
