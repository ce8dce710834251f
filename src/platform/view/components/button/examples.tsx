// Examples of button: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { Button } from './button.tsx'

export const buttonExamples = examples([
  { name: 'primary', draw: () => <Button text="Tiếp tục" /> },
  { name: 'secondary', draw: () => <Button text="Lưu, làm sau" secondary /> },
  { name: 'danger', draw: () => <Button text="Rút hồ sơ" danger /> },
  { name: 'link', draw: () => <Button text="Về trang chủ" href="/" /> },
  { name: 'disabled', draw: () => <Button text="Tiếp tục" disabled /> },
])
