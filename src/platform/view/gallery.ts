// The list of components with their examples.

import { breadcrumbsExamples } from './components/breadcrumbs/examples.tsx'
import { buttonExamples } from './components/button/examples.tsx'
import { checkboxesExamples } from './components/checkboxes/examples.tsx'
import { dateInputExamples } from './components/date-input/examples.tsx'
import { detailsExamples } from './components/details/examples.tsx'
import { errorSummaryExamples } from './components/error-summary/examples.tsx'
import type { Example } from './components/example.ts'
import { fileUploadExamples } from './components/file-upload/examples.tsx'
import { noticeExamples } from './components/notice/examples.tsx'
import { paginationExamples } from './components/pagination/examples.tsx'
import { panelExamples } from './components/panel/examples.tsx'
import { radiosExamples } from './components/radios/examples.tsx'
import { selectExamples } from './components/select/examples.tsx'
import { stepsExamples } from './components/steps/examples.tsx'
import { summaryListExamples } from './components/summary-list/examples.tsx'
import { tableExamples } from './components/table/examples.tsx'
import { tagExamples } from './components/tag/examples.tsx'
import { taskListExamples } from './components/task-list/examples.tsx'
import { textInputExamples } from './components/text-input/examples.tsx'
import { textareaExamples } from './components/textarea/examples.tsx'

export const gallery: readonly { readonly name: string; readonly examples: readonly Example[] }[] = [
  { name: 'button', examples: buttonExamples },
  { name: 'text-input', examples: textInputExamples },
  { name: 'textarea', examples: textareaExamples },
  { name: 'radios', examples: radiosExamples },
  { name: 'checkboxes', examples: checkboxesExamples },
  { name: 'select', examples: selectExamples },
  { name: 'date-input', examples: dateInputExamples },
  { name: 'file-upload', examples: fileUploadExamples },
  { name: 'error-summary', examples: errorSummaryExamples },
  { name: 'summary-list', examples: summaryListExamples },
  { name: 'table', examples: tableExamples },
  { name: 'tag', examples: tagExamples },
  { name: 'notice', examples: noticeExamples },
  { name: 'details', examples: detailsExamples },
  { name: 'task-list', examples: taskListExamples },
  { name: 'pagination', examples: paginationExamples },
  { name: 'breadcrumbs', examples: breadcrumbsExamples },
  { name: 'panel', examples: panelExamples },
  { name: 'steps', examples: stepsExamples },
]
