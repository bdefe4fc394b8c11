import{a}from"./chunk-B5XYXHBW.js";import"./chunk-CIRYA6SR.js";export{a as QrCode};
