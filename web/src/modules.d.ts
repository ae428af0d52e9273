declare module "kernels:*" {
  const code: Uint8Array<ArrayBuffer>;
  export default code;
}
