package org.commonshub.testing.devices;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;

/** A Modbus TCP client made of plain bytes. */
final class Wire implements Closeable {
  final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;
  private int transaction;

  Wire(int port) throws IOException {
    socket = new Socket("127.0.0.1", port);
    socket.setSoTimeout(5000);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(socket.getInputStream());
    out = new DataOutputStream(socket.getOutputStream());
  }

  void send(int... bytes) throws IOException {
    byte[] packet = new byte[bytes.length];
    for (int i = 0; i < packet.length; i++) {
      packet[i] = (byte) bytes[i];
    }
    out.write(packet);
    out.flush();
  }

  /** Sends a PDU and returns the answer's. */
  int[] ask(int unit, int... pdu) throws IOException {
    int[] packet = new int[pdu.length + 7];
    transaction = transaction + 1 & 0xFFFF;
    packet[0] = transaction >> 8;
    packet[1] = transaction & 0xFF;
    packet[5] = pdu.length + 1;
    packet[6] = unit;
    System.arraycopy(pdu, 0, packet, 7, pdu.length);
    send(packet);
    return answer(unit);
  }

  int[] answer(int unit) throws IOException {
    int echoed = in.readUnsignedShort();
    int protocol = in.readUnsignedShort();
    int length = in.readUnsignedShort();
    int from = in.readUnsignedByte();
    if (echoed != transaction || protocol != 0 || from != unit || length < 3) {
      throw new IOException("not the answer: " + echoed + " " + protocol + " " + from);
    }
    int[] pdu = new int[length - 1];
    for (int i = 0; i < pdu.length; i++) {
      pdu[i] = in.readUnsignedByte();
    }
    return pdu;
  }

  int[] read(int unit, int function, int address, int count) throws IOException {
    int[] pdu = ask(unit, function, address >> 8, address & 0xFF, count >> 8 & 0xFF, count & 0xFF);
    if (pdu[0] != function || pdu[1] != 2 * count || pdu.length != 2 + 2 * count) {
      throw new IOException("refused or malformed: " + pdu[0] + " " + pdu[1]);
    }
    int[] words = new int[count];
    for (int i = 0; i < count; i++) {
      words[i] = pdu[2 + 2 * i] << 8 | pdu[3 + 2 * i];
    }
    return words;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
