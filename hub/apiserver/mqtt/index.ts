export { MqttDoor, type MqttDoorOptions, type RpcBus, type RpcPeer } from './mqtt-door.ts';
