# A Modbus server made by pymodbus. Arguments: tcp|rtu PORT, or serial DEVICE.
# Tables 0..199: coils i % 3 == 0, discrete inputs i % 2 == 0, holding i * 3 + 1, input i * 5 + 2. Unit 9.
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartSerialServer, StartTcpServer
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

unit = ModbusSlaveContext(
    co=ModbusSequentialDataBlock(0, [i % 3 == 0 for i in range(200)]),
    di=ModbusSequentialDataBlock(0, [i % 2 == 0 for i in range(200)]),
    hr=ModbusSequentialDataBlock(0, [i * 3 + 1 for i in range(200)]),
    ir=ModbusSequentialDataBlock(0, [i * 5 + 2 for i in range(200)]),
    zero_mode=True,
)
context = ModbusServerContext(slaves={9: unit}, single=False)
if sys.argv[1] == "serial":
    StartSerialServer(context=context, framer=ModbusRtuFramer, port=sys.argv[2], baudrate=19200)
else:
    framer = ModbusRtuFramer if sys.argv[1] == "rtu" else ModbusSocketFramer
    StartTcpServer(context=context, framer=framer, address=("127.0.0.1", int(sys.argv[2])))
