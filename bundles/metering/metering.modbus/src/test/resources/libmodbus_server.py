# A Modbus server made by libmodbus. Arguments: tcp PORT, or serial DEVICE.
# Tables 0..199: coils i % 3 == 0, discrete inputs i % 2 == 0, holding i * 3 + 1, input i * 5 + 2. Unit 9.
import ctypes
import sys

lib = ctypes.CDLL("libmodbus.so.5")


class Mapping(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in (
        "nb_bits", "start_bits", "nb_input_bits", "start_input_bits",
        "nb_input_registers", "start_input_registers", "nb_registers", "start_registers")] + [
        ("bits", ctypes.POINTER(ctypes.c_uint8)), ("input_bits", ctypes.POINTER(ctypes.c_uint8)),
        ("input_registers", ctypes.POINTER(ctypes.c_uint16)), ("registers", ctypes.POINTER(ctypes.c_uint16))]


lib.modbus_new_tcp.restype = lib.modbus_new_rtu.restype = ctypes.c_void_p
lib.modbus_mapping_new.restype = ctypes.POINTER(Mapping)
mapping = lib.modbus_mapping_new(200, 200, 200, 200)
for i in range(200):
    mapping.contents.bits[i] = i % 3 == 0
    mapping.contents.input_bits[i] = i % 2 == 0
    mapping.contents.registers[i] = i * 3 + 1
    mapping.contents.input_registers[i] = i * 5 + 2
query = (ctypes.c_uint8 * 260)()
if sys.argv[1] == "serial":
    ctx = ctypes.c_void_p(lib.modbus_new_rtu(sys.argv[2].encode(), 19200, ctypes.c_char(b"N"), 8, 1))
    lib.modbus_set_slave(ctx, 9)
    if lib.modbus_connect(ctx) < 0:
        sys.exit("cannot open " + sys.argv[2])
    listening = None
else:
    ctx = ctypes.c_void_p(lib.modbus_new_tcp(b"127.0.0.1", int(sys.argv[2])))
    listening = ctypes.c_int(lib.modbus_tcp_listen(ctx, 1))
while True:
    if listening is not None:
        lib.modbus_tcp_accept(ctx, ctypes.byref(listening))
    while True:
        length = lib.modbus_receive(ctx, query)
        if length > 0:
            lib.modbus_reply(ctx, query, length, mapping)
        elif length < 0 and listening is not None:
            break
