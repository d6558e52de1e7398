/** What other systems wrote: [scheme, hash, password]. Made with passlib 1.7.4, argon2-cffi 25.1, hashlib and OpenSSL 3. */
export const foreignHashes: [scheme: string, hash: string, password: string][] = [
  ['bcrypt $2a$', '$2a$05$uThK3u8d59.3a6V5cRW7p.Rtn9UdJj8tG7OJC85prsEDRTC0lMVv.', 'correct horse battery'],
  ['bcrypt $2b$', '$2b$05$RcbBr4oR6i3nFBHC9VJ3GuD7UPdxr.P5AdCFyYGMbw3LjKcb4hHQS', 'correct horse battery'],
  ['bcrypt $2y$', '$2y$05$/.FovNgXfB9/x4K1c2f4Au3ZFbLCcF6zGp9ImPPtTq5Sb4OAk09s.', 'correct horse battery'],
  ['bcrypt, Unicode', '$2b$05$K0GLGqjgpH0gOCI/secwAukUiXmfoU3M80MQQ19EOLjZ61IcMo3iS', 'Zażółć gęślą 🐎'],
  [
    'argon2id',
    '$argon2id$v=19$m=1024,t=2,p=1$sd6jBXHeusZe4E+p3GtnuQ$SIGt0NHh2icvALN5mxlO4iYCKqHsXwGBC7drEpNyN44',
    'correct horse battery',
  ],
  [
    'argon2id, four lanes, 64 bytes',
    '$argon2id$v=19$m=512,t=3,p=4$aTEDo0cnCKQH9HqUnbZV8A$pnFK7wuuVFWKiRGJVHOqsoYlUu7znFP2TTXgZITOhqylc9V0pL7WS4dpbi2HPP4Jg4deEcyVDOXgkdJcDCXiOA',
    'Zażółć gęślą 🐎',
  ],
  ['argon2i', '$argon2i$v=19$m=256,t=3,p=2$qnC5dEDxBDvq4y4JiAPqSA$prDqx2bo+3/lzGXOi0b0SQ', 'correct horse battery'],
  [
    'scrypt',
    '$scrypt$ln=10,r=8,p=1$rFUKobQ2xnhPKQVgLGXsvQ$+5iEeLgqr8XI6XgDcbkL4R+tJi+joZ17fI2RV1Ma1qM',
    'correct horse battery',
  ],
  [
    'scrypt, p=3',
    '$scrypt$ln=8,r=4,p=3$KqX0/l/LOUcohTDGOAdgLA$V0jJTLBKGN1OFQNyefWrQ3bVWNXCvUQKm7kjN0pKutc',
    'Zażółć gęślą 🐎',
  ],
  ['PBKDF2 with SHA-1', '$pbkdf2$1000$gHDu/d97T8n5f.89Z8xZSw$Zc0OJZNZ5QfY7SkTOKYgghBten0', 'correct horse battery'],
  [
    'PBKDF2 with SHA-256',
    '$pbkdf2-sha256$1000$dY5xTmmNkXIOAaB0zrnXWkup1Zo$hmC.vCdqHsL82UvYIqdD5F5mJrtTFOx3ygeiYVE2Rmo',
    'correct horse battery',
  ],
  [
    'PBKDF2 with SHA-512',
    '$pbkdf2-sha512$1000$co5Rau0d4xxjLIVQKoXwXg$U.q2TeLI8dr7dKmeAXSe3AURMh.fOwmKwiEWj216lifRyOjHTZqIVAK98OKbqFCTlMghFILRfPJ.IeN/agCkLw',
    'Zażółć gęślą 🐎',
  ],
  [
    'PBKDF2, PHC parameters',
    '$pbkdf2-sha256$i=1000,l=32$lFUnXFmwpyE66FjOrVbowA$Xxt7sH0duTXSVlOI7F7kE997QMzjZdasPJS41fQddes',
    'correct horse battery',
  ],
  [
    'PBKDF2, PHC parameters, SHA-1 by name',
    '$pbkdf2-sha1$i=900$lFUnXFmwpyE66FjOrVbowA$2Mwr6YNOno5BuJ7y87QmrOMSIzY',
    'correct horse battery',
  ],
  ['phpass $P$', '$P$6diT0rPYWJl5HWZtUFfYPTbtnEVFtp0', 'correct horse battery'],
  ['phpass $H$', '$H$6GHJXUd8KGR.UBZaib8JFzdsb1mUvZ.', 'Zażółć gęślą 🐎'],
  ['{SSHA}', '{SSHA}MKKYO7gMaWL8SOu/L8rOjFPyPLr6n3NO', 'correct horse battery'],
  ['{SSHA}, 16 bytes of salt', '{SSHA}H15Y4gn25ahEi9uZmKBJuCJZ1JULwXgPIUTIec95bw1h7B0D', 'Zażółć gęślą 🐎'],
  ['{SSHA256}', '{SSHA256}i7iCF4zvsunh3wRPVMwXVybrt6lgtx23Dn+11xH2FPUlhFBKyZkzpg==', 'correct horse battery'],
  [
    '{SSHA512}',
    '{SSHA512}mw8WmsoBQcEJ3dKF5WxNsTMd3kIlF01Jco82bQPbj5LHqqgy1c2HnlTma3zCb25nB5Yq57Rm/NX2ShdhHiHO6mNsLQWA8B5j',
    'correct horse battery',
  ],
  ['$5$', '$5$rounds=1000$T4Kmha9zcTO/MxrU$yJ.VWkKnAHRtM2hJnOwRrJ1drhICjJpLKlJIdqY9bgB', 'correct horse battery'],
  ['$5$, 5000 rounds unsaid', '$5$hdznLQoPp1pdHYl0$X8LXEXHceVlCUaLwBuxoHv//OjNvJTxCvZbWIOFquq0', 'Zażółć gęślą 🐎'],
  [
    '$6$',
    '$6$rounds=1001$De7GPPcFMjDoQr4l$uQU5Tm1zxxIuMR0nPf/9DLlxBG9fxNFoR9uhcecT61RTasW9TG/FQXoWQnsnSlTkDQvGSb4pt1XEoMMV5TFYF1',
    'correct horse battery',
  ],
  [
    '$6$, long password, short salt',
    '$6$rounds=1000$a$Apg42rHkNqagebsTyEz.KuLIS6Wg7D9Kh3BGpZ07vtM4GxdsMlM9D7ItfDbFBfCsXmIVaRd2K0wcYY7MIQfhv.',
    'x'.repeat(200),
  ],
  [
    '$5$, long password',
    '$5$rounds=1000$Ty9Jys8PORcHX4X5$4L0l4coZ2S82G4N68uPaR72SmkrF6XrsK4WsERhGzK9',
    'y'.repeat(131),
  ],
  [
    '$6$, of openssl passwd',
    '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
    'Hello world!',
  ],
  [
    'Firebase scrypt, of its own example',
    '$firescrypt$ln=14,r=8,p=1$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==$Bw==$jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
    'user1password',
  ],
];
