// What the page's WebAssembly module does. Places in memory are byte addresses.

export {convolve, convolveScratch, multiply} from "./filtering";
export {toBytes} from "./pixels";
export {addGated, clear, enlarge, inside, place, region, sums} from "./regions";
